import Big from 'big.js';
import type { LineItem, ValidationRequest } from '../../contract/invoice-request.ts';
import { type ViolationResponse, violationResponse } from '../../contract/violations.ts';
import { makeDocument } from '../../invoice-document/make-document.ts';
import { check } from '../../invoice-rules/check.ts';
import { contentOf } from './content.ts';

/** What `POST /validate` answers. */
export interface Validation {
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly violations: readonly ViolationResponse[];
}

/** Countries whose authorities want the customer's VAT ID on every invoice. */
const CUSTOMER_VAT_ID_REQUIRED: ReadonlySet<string> = new Set(['IT', 'DE']);

/** The amount that a rounded tax may differ from the computed one. */
const TAX_TOLERANCE = '0.01';

function isBlank(vatId: string | null): boolean {
  return vatId === null || vatId.trim() === '';
}

function taxLooksWrong(line: LineItem): boolean {
  // tax_rate is a percentage; shifting the other side by 100 keeps this exact without a division.
  const computed = new Big(line.unit_price).times(line.quantity).times(line.tax_rate);
  const stated = new Big(line.tax_amount).times(100);
  return computed.minus(stated).abs().gt(new Big(TAX_TOLERANCE).times(100));
}

/**
 * Validates an invoice without storing anything: by the rules that clients have always been told of, and by those of
 * EN 16931 and Peppol, which its document would be held to.
 */
export function validateInvoice(invoice: ValidationRequest): Validation {
  const errors: string[] = [];
  const warnings: string[] = [];

  if (isBlank(invoice.supplier.vat_id)) errors.push('Supplier VAT ID is required');
  if (CUSTOMER_VAT_ID_REQUIRED.has(invoice.country_code) && isBlank(invoice.customer.vat_id)) {
    errors.push(`Customer VAT ID is required for ${invoice.country_code}`);
  }
  if (invoice.line_items.length === 0) errors.push('At least one line item is required');

  for (const [index, line] of invoice.line_items.entries()) {
    const name = `Line item ${index + 1}`;
    if (new Big(line.unit_price).lte(0)) errors.push(`${name}: Unit price must be positive`);
    if (line.quantity <= 0) errors.push(`${name}: Quantity must be positive`);
    if (taxLooksWrong(line)) warnings.push(`${name}: Tax amount calculation may be incorrect`);
  }
  const { violations } = check(makeDocument(contentOf(invoice)));
  return { valid: errors.length === 0, errors, warnings, violations: violations.map(violationResponse) };
}
