import type { ExactInvoice } from '@vatevo/db';
import { readViolations } from './violations.ts';

/** An invoice as every answer shows it: amounts with their scale, times in UTC with six digits of a second. */
export function invoiceResponse(invoice: ExactInvoice) {
  return {
    id: invoice.id,
    external_id: invoice.externalId,
    status: invoice.status.toLowerCase(),
    country_code: invoice.countryCode,
    invoice_number: invoice.invoiceNumber,
    issue_date: invoice.issueDate,
    due_date: invoice.dueDate,
    subtotal: invoice.subtotal,
    tax_amount: invoice.taxAmount,
    total_amount: invoice.totalAmount,
    currency: invoice.currency,
    ubl_xml_url: invoice.hasUblXml ? `/invoices/${invoice.id}/ubl` : null,
    country_xml_url: null,
    pdf_url: invoice.pdfUrl,
    submission_id: invoice.submissionId,
    error_message: invoice.errorMessage,
    violations: readViolations(invoice.violations),
    created_at: invoice.createdAt,
    updated_at: invoice.updatedAt,
    submitted_at: invoice.submittedAt,
  };
}
