import type { InvoiceContent } from '../invoice-document/content.ts';

/** Everything outside the `Char` production of XML 1.0 (section 2.2), written as its complement. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The same without characters beyond the first plane, of which each half is taken for one that is not XML's. */
const PERHAPS_NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/;

function mayBeUnwritable(value: unknown): boolean {
  if (typeof value === 'string') return PERHAPS_NOT_XML.test(value);
  if (value === null || typeof value !== 'object') return false;
  for (const key of Object.keys(value))
    if (mayBeUnwritable((value as Record<string, unknown>)[key])) return true;
  return false;
}

/** Enough to fix an invoice by; an error message is no place for ten thousand lines. */
const MAX_FAULTS = 10;

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Finds the texts under `value` that no XML document can carry, each with its path. */
function findUnwritable(value: unknown, path: string, faults: string[]): void {
  if (typeof value === 'string') {
    const character = NOT_XML.exec(value)?.[0];
    if (character !== undefined) faults.push(`${path} holds ${codePoint(character)}, which XML cannot carry`);
  } else if (value !== null && typeof value === 'object') {
    for (const key of Object.keys(value))
      findUnwritable((value as Record<string, unknown>)[key], `${path}.${key}`, faults);
  }
}

/**
 * Why no UBL document can be made of an invoice, in the API's names; empty when
 * one can. These are the rules a document needs to be a document at all
 * (XML 1.0 and the UBL 2.1 schema); what EN 16931 and Peppol make of it is for
 * the rules of src/invoice-rules to say.
 */
export function ublFaults(content: InvoiceContent): string[] {
  const { invoiceNumber, supplier, customer, lines, details, currency } = content;
  const texts = { invoice_number: invoiceNumber, supplier, customer, line_items: lines, ...details };
  const faults: string[] = [];
  if (mayBeUnwritable(texts))
    for (const [field, value] of Object.entries(texts)) findUnwritable(value, field, faults);
  if (lines.length === 0) faults.push('line_items is empty');
  if (!/^[A-Z]{3}$/.test(currency)) faults.push('currency is no ISO 4217 code');
  for (const party of ['supplier', 'customer'] as const) {
    if (!/^[A-Z]{2}$/.test(content[party].country)) {
      faults.push(`${party}.country is no ISO 3166-1 alpha-2 code`);
    }
  }
  // Only a zone can take a day there; XML Schema's dates begin with the year 1.
  for (const field of ['issueDate', 'dueDate'] as const) {
    if (content[field]?.startsWith('0000'))
      faults.push(`${field === 'issueDate' ? 'issue_date' : 'due_date'} lies before the year 1`);
  }
  if (faults.length <= MAX_FAULTS) return faults;
  return [...faults.slice(0, MAX_FAULTS), `and ${faults.length - MAX_FAULTS} more`];
}
