-- A tenant's invoices by the month of their issue (in UTC), currency and status: how many, and their totals to the last digit.
-- @param {Int} $1:tenantId
-- @param {DateTime} $2:from the first instant
-- @param {DateTime} $3:until the first instant that is not among them
SELECT
  date_trunc('month', issue_date, 'UTC') AS "month",
  currency,
  status,
  count(*) AS "invoices",
  sum(subtotal) AS "subtotal",
  sum(tax_amount) AS "taxAmount",
  sum(total_amount) AS "totalAmount"
FROM invoices
WHERE tenant_id = $1 AND issue_date >= $2 AND issue_date < $3
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
