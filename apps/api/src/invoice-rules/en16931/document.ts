import { COUNTRIES, VAT_PREFIXES } from '../../code-lists/countries.ts';
import { at, en16931, type Rule } from '../rule.ts';
import { addresses, lines, vatIds, where } from '../walk.ts';

const missing = (value: string | undefined): boolean => value === undefined || value.trim() === '';
const endsBeforeItStarts = ({ start, end }: { start: string | undefined; end: string | undefined }) =>
  start !== undefined && end !== undefined && end < start;
/** UNTDID 4461: credit transfer, and SEPA credit transfer. */
const isCreditTransfer = (code: string | undefined) => code === '30' || code === '58';

/** What an invoice must hold (BR-01 to BR-65), and what its parts must be to each other (BR-CO-…). */
export const DOCUMENT_RULES: readonly Rule[] = [
  en16931('BR-02', 'An invoice has a number', ({ number }) => at('invoice_number', missing(number))),
  en16931('BR-03', 'An invoice has an issue date', ({ issueDate }) => at('issue_date', missing(issueDate))),
  en16931('BR-05', 'An invoice has a currency', ({ currency }) => at('currency', missing(currency))),
  en16931('BR-06', 'The seller has a name', ({ seller }) => at('supplier.name', missing(seller.name))),
  en16931('BR-07', 'The buyer has a name', ({ buyer }) => at('customer.name', missing(buyer.name))),
  en16931('BR-09', "The seller's address names its country", ({ seller }) =>
    at('supplier.country', missing(seller.address.country)),
  ),
  en16931('BR-11', "The buyer's address names its country", ({ buyer }) =>
    at('customer.country', missing(buyer.address.country)),
  ),
  en16931('BR-16', 'An invoice has a line', (invoice) => at('line_items', invoice.lines.length === 0)),
  en16931('BR-18', 'A tax representative has a name', ({ taxRepresentative }) =>
    at('tax_representative.name', taxRepresentative !== undefined && missing(taxRepresentative.name)),
  ),
  en16931('BR-20', "A tax representative's address names its country", ({ taxRepresentative }) =>
    at(
      'tax_representative.country',
      taxRepresentative !== undefined && missing(taxRepresentative.address.country),
    ),
  ),
  en16931('BR-25', 'Each line names its item', (invoice) =>
    lines(invoice, 'description', ({ name }) => missing(name)),
  ),
  en16931('BR-27', "An item's net price is not negative", (invoice) =>
    lines(invoice, 'unit_price', ({ price }) => isNegative(price)),
  ),
  en16931('BR-28', "An item's gross price is not negative", (invoice) =>
    lines(invoice, 'gross_price', ({ grossPrice }) => grossPrice !== undefined && isNegative(grossPrice)),
  ),
  en16931('BR-29', 'The invoicing period does not end before it starts', ({ period }) =>
    at('invoice_period.end_date', period !== undefined && endsBeforeItStarts(period)),
  ),
  en16931('BR-30', "A line's period does not end before it starts", (invoice) =>
    lines(invoice, 'period.end_date', ({ period }) => period !== undefined && endsBeforeItStarts(period)),
  ),
  en16931('BR-49', 'Payment means have a code of their type', ({ payment }) =>
    at('payment_means.code', payment !== undefined && missing(payment.code)),
  ),
  en16931('BR-50', 'A credit transfer names the account', ({ payment }) =>
    at(
      'payment_means.iban',
      payment !== undefined &&
        isCreditTransfer(payment.code) &&
        missing(payment.account.id) &&
        !(missing(payment.account.name) && missing(payment.account.bic)),
    ),
  ),
  {
    ...en16931('BR-51', 'Of a card number no more than ten digits are shown', ({ payment }) =>
      at('payment_means.card.number', (payment?.card?.number?.trim().length ?? 0) > 10),
    ),
    severity: 'warning',
  },
  en16931('BR-53', 'With a currency of VAT accounting goes the VAT in it', ({ taxCurrency, currency }) =>
    at(
      'tax_currency.tax_amount',
      taxCurrency !== undefined && missing(taxCurrency.taxAmount) && taxCurrency.code !== currency,
    ),
  ),
  en16931('BR-56', 'A tax representative has a VAT identifier', ({ taxRepresentative }) =>
    at('tax_representative.vat_id', taxRepresentative !== undefined && missing(taxRepresentative.vatId)),
  ),
  en16931('BR-57', 'The address delivered to names its country', ({ delivery }) =>
    at('delivery.address.country', delivery?.address !== undefined && missing(delivery.address.country)),
  ),
  en16931(
    'BR-61',
    'Credit transfers (payment means 30 and 58) name the account that is paid to',
    ({ payment }) =>
      at(
        'payment_means.iban',
        payment !== undefined && isCreditTransfer(payment.code) && missing(payment.account.id),
      ),
  ),
  en16931('BR-62', "The seller's electronic address has a scheme", ({ seller }) =>
    at('supplier.endpoint.scheme', seller.endpoint !== undefined && missing(seller.endpoint.scheme)),
  ),
  en16931('BR-63', "The buyer's electronic address has a scheme", ({ buyer }) =>
    at('customer.endpoint.scheme', buyer.endpoint !== undefined && missing(buyer.endpoint.scheme)),
  ),
  en16931('BR-64', "An item's standard identifier has a scheme", (invoice) =>
    lines(
      invoice,
      'standard_item_id.scheme',
      ({ standardItemId }) => standardItemId !== undefined && missing(standardItemId.scheme),
    ),
  ),
  en16931('BR-CO-09', 'A VAT identifier begins with the code of its country', (invoice) =>
    where(vatIds(invoice), (id) => !VAT_PREFIXES.has(id.slice(0, 2))),
  ),
  en16931('BR-CO-19', 'An invoicing period has a start or an end', ({ period }) =>
    at('invoice_period', period !== undefined && missing(period.start) && missing(period.end)),
  ),
  en16931('BR-CO-20', "A line's period has a start or an end", (invoice) =>
    lines(
      invoice,
      'period',
      ({ period }) => period !== undefined && missing(period.start) && missing(period.end),
    ),
  ),
  // Dropped from the validation artefacts with 1.3.16; earlier ones, Peppol's among them, still ask for it.
  en16931('BR-CO-25', 'An invoice with something to pay has a due date or payment terms', (invoice) =>
    at(
      'due_date',
      invoice.kind === 'invoice' &&
        isPositive(invoice.totals.payable) &&
        missing(invoice.dueDate) &&
        missing(invoice.paymentTerms),
    ),
  ),
  en16931('BR-CO-26', 'A seller has an identifier, a legal registration or a VAT identifier', ({ seller }) =>
    at('supplier', !seller.vatId && !seller.identifier && !seller.legalId),
  ),
  en16931('BR-CL-14', 'Countries are those of ISO 3166-1', (invoice) =>
    where(addresses(invoice), ({ country }) => !COUNTRIES.has(country), 'country'),
  ),
];

function isNegative(amount: string): boolean {
  return amount.startsWith('-') && /[1-9]/.test(amount);
}

function isPositive(amount: string): boolean {
  return !amount.startsWith('-') && /[1-9]/.test(amount);
}
