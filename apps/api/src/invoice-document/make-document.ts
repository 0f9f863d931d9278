import Big from 'big.js';
import { minorUnits } from '../code-lists/currencies.ts';
import { CREDIT_NOTE_TYPES } from '../code-lists/document-types.ts';
import type { LineAdjustment, DocumentAdjustment as StatedAdjustment } from '../contract/invoice-details.ts';
import type { Customer, LineItem, Supplier } from '../contract/invoice-request.ts';
import { plain } from '../money/plain.ts';
import { neededScale, withScale } from '../money/scale.ts';
import type { InvoiceContent } from './content.ts';
import type {
  Address,
  Adjustment,
  Delivery,
  DocumentAdjustment,
  Identifier,
  InvoiceDocument,
  Party,
  Payment,
  Period,
  VatCategory,
} from './document.ts';
import { documentTotals } from './totals.ts';
import { type TaxedLine, vatBreakdown } from './vat-breakdown.ts';

/** UNTDID 1001: commercial invoice. */
const COMMERCIAL_INVOICE = '380';
/** UN/ECE Recommendation 20: one (piece). */
const PIECE = 'C62';
/** UNTDID 4461: credit transfer, and SEPA credit transfer. */
const CREDIT_TRANSFER = '30';
const SEPA_CREDIT_TRANSFER = '58';
/** UNTDID 5305: not subject to VAT. */
const NOT_SUBJECT = 'O';
/** The most digits after the point that EN 16931 takes in an amount (BR-DEC-…). */
const MAX_DECIMALS = 2;

type Missing = null | undefined;

/** A text that says something; undefined when it is missing or blank, since no element may be empty. */
const present = (text: string | Missing) => (text == null || text.trim() === '' ? undefined : text);
/** The same of a code or an identifier: space around it is no part of it, and not every validator leaves it out. */
const code = (text: string | Missing) => present(text)?.trim();
const orUndefined = <Value>(value: Value | Missing) => value ?? undefined;

/** Digits after the point: `decimals` as the currency has them, `scale` as they are written. */
interface Scales {
  readonly decimals: number;
  readonly scale: number;
}

function period(
  stated: { start_date?: string | Missing; end_date?: string | Missing } | Missing,
): Period | undefined {
  const [start, end] = [orUndefined(stated?.start_date), orUndefined(stated?.end_date)];
  return start === undefined && end === undefined ? undefined : { start, end };
}

function identifier(stated: { id: string; scheme?: string | Missing } | Missing): Identifier | undefined {
  const id = code(stated?.id);
  return id === undefined ? undefined : { id, scheme: code(stated?.scheme) };
}

function address(stated: {
  address?: string | Missing;
  city?: string | Missing;
  postal_code?: string | Missing;
  country: string;
}): Address {
  return {
    street: present(stated.address),
    city: present(stated.city),
    postalCode: present(stated.postal_code),
    country: stated.country.trim(),
  };
}

function party(stated: Supplier | Customer): Party {
  return {
    name: present(stated.name),
    vatId: code(stated.vat_id),
    taxRegistration: 'tax_registration' in stated ? code(stated.tax_registration) : undefined,
    legalId: identifier(stated.legal_id),
    identifier: identifier(stated.identifier),
    endpoint: identifier(stated.endpoint),
    address: address(stated),
    contact: {
      name: present(stated.contact_name),
      phone: 'phone' in stated ? present(stated.phone) : undefined,
      email: present(stated.email),
    },
  };
}

/** No category given: standard rate, or zero rate where the rate is zero. */
function vatCategory(stated: { tax_category?: string | Missing; tax_rate: number }): VatCategory {
  const category = code(stated.tax_category) ?? (stated.tax_rate === 0 ? 'Z' : 'S');
  const rate = category === NOT_SUBJECT && stated.tax_rate === 0 ? undefined : plain(stated.tax_rate);
  return { category, rate };
}

function adjustment(stated: LineAdjustment, { scale }: Scales): Adjustment {
  const base = orUndefined(stated.base_amount);
  return {
    amount: withScale(new Big(stated.amount), scale),
    baseAmount: base === undefined ? undefined : withScale(new Big(base), scale),
    percentage: orUndefined(stated.percentage),
    reason: present(stated.reason),
    reasonCode: code(stated.reason_code),
  };
}

/** A price of nothing has no sign: for some validators `-0` is less than zero. */
function unsignedZero(price: string): string {
  return price.startsWith('-') && !/[1-9]/.test(price) ? price.slice(1) : price;
}

function documentAdjustment(stated: StatedAdjustment, scales: Scales): DocumentAdjustment {
  return { ...adjustment(stated, scales), ...vatCategory(stated) };
}

function line(stated: LineItem, index: number, scales: Scales): TaxedLine {
  const baseQuantity = orUndefined(stated.base_quantity);
  return {
    id: String(index + 1),
    note: present(stated.note),
    quantity: plain(stated.quantity),
    unit: code(stated.unit_code) ?? PIECE,
    net: withScale(new Big(stated.line_total), scales.scale),
    period: period(stated.period),
    orderLine: present(stated.purchase_order_line),
    allowances: stated.allowances?.map((each) => adjustment(each, scales)) ?? [],
    charges: stated.charges?.map((each) => adjustment(each, scales)) ?? [],
    name: present(stated.description),
    sellerItemId: present(stated.seller_item_id),
    standardItemId: identifier(stated.standard_item_id),
    price: unsignedZero(stated.unit_price),
    grossPrice: stated.gross_price == null ? undefined : unsignedZero(stated.gross_price),
    baseQuantity: baseQuantity === undefined ? undefined : plain(baseQuantity),
    ...vatCategory(stated),
    statedTax: stated.tax_amount,
    exemptionReason: present(stated.tax_exemption_reason),
    exemptionCode: code(stated.tax_exemption_reason_code),
  };
}

function delivery({ details }: InvoiceContent): Delivery | undefined {
  const stated = details.delivery;
  if (!stated) return undefined;
  return {
    date: orUndefined(stated.date),
    name: present(stated.name),
    address: stated.address ? address(stated.address) : undefined,
  };
}

function payment({ details, currency }: InvoiceContent): Payment | undefined {
  const stated = details.payment_means;
  if (!stated) return undefined;
  const account = { id: present(stated.iban), name: present(stated.account_name), bic: present(stated.bic) };
  const transfer = currency === 'EUR' ? SEPA_CREDIT_TRANSFER : CREDIT_TRANSFER;
  const { card, mandate } = stated;
  return {
    code: code(stated.code) ?? (account.id === undefined ? undefined : transfer),
    reference: present(stated.payment_reference),
    account,
    card: card
      ? { number: present(card.number), network: present(card.network), holder: present(card.holder) }
      : undefined,
    mandate: mandate
      ? {
          reference: present(mandate.reference),
          creditorId: present(mandate.creditor_id),
          debitedAccount: present(mandate.debited_account),
        }
      : undefined,
  };
}

function write(content: InvoiceContent, scales: Scales): InvoiceDocument {
  const { details } = content;
  const typeCode = code(details.invoice_type_code) ?? COMMERCIAL_INVOICE;
  const lines = content.lines.map((each, index) => line(each, index, scales));
  const allowances = details.allowances?.map((each) => documentAdjustment(each, scales)) ?? [];
  const charges = details.charges?.map((each) => documentAdjustment(each, scales)) ?? [];
  const breakdown = vatBreakdown(lines, allowances, charges, scales);
  const prepaid = orUndefined(details.prepaid_amount);
  const rounding = orUndefined(details.rounding_amount);
  return {
    kind: CREDIT_NOTE_TYPES.has(typeCode) ? 'credit note' : 'invoice',
    typeCode,
    number: present(content.invoiceNumber),
    issueDate: content.issueDate,
    dueDate: content.dueDate,
    taxPointDate: orUndefined(details.tax_point_date),
    currency: content.currency,
    taxCurrency: details.tax_currency
      ? { code: details.tax_currency.code.trim(), taxAmount: taxInOwnCurrency(details.tax_currency) }
      : undefined,
    note: present(details.note),
    buyerReference: present(details.buyer_reference),
    purchaseOrder: present(details.purchase_order_reference),
    contract: present(details.contract_reference),
    period: period(details.invoice_period),
    preceding:
      details.preceding_invoices?.map((each) => ({
        number: present(each.invoice_number),
        issueDate: orUndefined(each.issue_date),
      })) ?? [],
    seller: party(content.supplier),
    buyer: party(content.customer),
    taxRepresentative: details.tax_representative
      ? {
          name: present(details.tax_representative.name),
          vatId: code(details.tax_representative.vat_id),
          address: address(details.tax_representative),
        }
      : undefined,
    delivery: delivery(content),
    payment: payment(content),
    paymentTerms: present(details.payment_terms),
    allowances,
    charges,
    breakdown,
    totals: documentTotals({ lines, allowances, charges, breakdown, prepaid, rounding }, scales.scale),
    lines,
  };
}

function taxInOwnCurrency({
  code,
  tax_amount,
}: {
  code: string;
  tax_amount?: string | Missing;
}): string | undefined {
  return tax_amount == null
    ? undefined
    : withScale(new Big(tax_amount), Math.min(minorUnits(code), MAX_DECIMALS));
}

/** Every amount of the document but prices, which may have any number of decimals. */
function* amountsOf({ lines, allowances, charges, breakdown, totals }: InvoiceDocument): Generator<string> {
  for (const each of lines) {
    yield each.net;
    for (const { amount, baseAmount } of [...each.allowances, ...each.charges]) {
      yield amount;
      if (baseAmount !== undefined) yield baseAmount;
    }
  }
  for (const { amount, baseAmount } of [...allowances, ...charges]) {
    yield amount;
    if (baseAmount !== undefined) yield baseAmount;
  }
  for (const { taxable, tax } of breakdown) yield* [taxable, tax];
  for (const total of Object.values(totals)) if (total !== undefined) yield total;
}

/**
 * The document that a request asks for. Its amounts have the decimals of its currency. EN 16931 takes two at
 * most, so those of a currency with three or four are written with two where nothing is lost by that.
 */
export function makeDocument(content: InvoiceContent): InvoiceDocument {
  const decimals = minorUnits(content.currency);
  const document = write(content, { decimals, scale: decimals });
  if (decimals <= MAX_DECIMALS) return document;
  const fits = [...amountsOf(document)].every((amount) => neededScale(new Big(amount)) <= MAX_DECIMALS);
  return fits ? write(content, { decimals, scale: MAX_DECIMALS }) : document;
}
