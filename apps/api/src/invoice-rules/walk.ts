import type { Address, Adjustment, Identifier, InvoiceDocument, Line } from '../invoice-document/document.ts';
import type { Location } from './rule.ts';

/** A part of a document and the way to it in the request. */
export type Placed<Part> = readonly [Part, Location];

type Kind = 'allowances' | 'charges';

/** Every line that `isBroken`, at its field. */
export function* lines(
  document: InvoiceDocument,
  field: string,
  isBroken: (line: Line) => boolean,
): Generator<Location> {
  for (const [index, line] of document.lines.entries()) {
    if (isBroken(line)) yield `line_items.${index}.${field}`;
  }
}

/** Every document-level allowance or charge that `isBroken`, at its field. */
export function* ofDocument<Of extends Kind>(
  document: InvoiceDocument,
  kind: Of,
  field: string,
  isBroken: (adjustment: InvoiceDocument[Of][number]) => boolean,
): Generator<Location> {
  for (const [index, adjustment] of document[kind].entries()) {
    if (isBroken(adjustment)) yield `${kind}.${index}.${field}`;
  }
}

/** Every allowance or charge of a line that `isBroken`, at its field. */
export function* ofLines(
  document: InvoiceDocument,
  kind: Kind,
  field: string,
  isBroken: (adjustment: Adjustment) => boolean,
): Generator<Location> {
  for (const [at, line] of document.lines.entries()) {
    for (const [index, adjustment] of line[kind].entries()) {
      if (isBroken(adjustment)) yield `line_items.${at}.${kind}.${index}.${field}`;
    }
  }
}

/** Every allowance or charge, of the document and of its lines. */
export function* adjustments(document: InvoiceDocument, kind: Kind): Generator<Placed<Adjustment>> {
  for (const [index, adjustment] of document[kind].entries()) yield [adjustment, `${kind}.${index}`];
  for (const [at, line] of document.lines.entries()) {
    for (const [index, adjustment] of line[kind].entries())
      yield [adjustment, `line_items.${at}.${kind}.${index}`];
  }
}

/** Every address. */
export function* addresses({
  seller,
  buyer,
  taxRepresentative,
  delivery,
}: InvoiceDocument): Generator<Placed<Address>> {
  yield [seller.address, 'supplier'];
  yield [buyer.address, 'customer'];
  if (taxRepresentative) yield [taxRepresentative.address, 'tax_representative'];
  if (delivery?.address) yield [delivery.address, 'delivery.address'];
}

/** The VAT identifiers that there are. */
export function* vatIds({ seller, buyer, taxRepresentative }: InvoiceDocument): Generator<Placed<string>> {
  if (seller.vatId !== undefined) yield [seller.vatId, 'supplier.vat_id'];
  if (buyer.vatId !== undefined) yield [buyer.vatId, 'customer.vat_id'];
  if (taxRepresentative?.vatId !== undefined) yield [taxRepresentative.vatId, 'tax_representative.vat_id'];
}

type Identified = 'endpoint' | 'identifier' | 'legalId';
const FIELDS: Record<Identified, string> = {
  endpoint: 'endpoint',
  identifier: 'identifier',
  legalId: 'legal_id',
};

/** The identifiers of this sort that seller and buyer have. */
export function* identifiers(document: InvoiceDocument, sort: Identified): Generator<Placed<Identifier>> {
  for (const [party, role] of [
    [document.seller, 'supplier'],
    [document.buyer, 'customer'],
  ] as const) {
    const identifier = party[sort];
    if (identifier) yield [identifier, `${role}.${FIELDS[sort]}`];
  }
}

/** The places of those that `isBroken`. */
export function* where<Part>(
  parts: Iterable<Placed<Part>>,
  isBroken: (part: Part) => boolean,
  field = '',
): Generator<Location> {
  for (const [part, location] of parts)
    if (isBroken(part)) yield field === '' ? location : `${location}.${field}`;
}
