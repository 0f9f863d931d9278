import type { Address, Adjustment, Identifier, InvoiceDocument, Line } from '../invoice-document/document.ts';
import type { Location } from './rule.ts';

/*
 * Arrays, and the same empty one where there is nothing: every invoice is held to some four hundred rules and breaks few, so
 * what each costs that finds nothing is what all of them cost.
 */

/** A part of a document and the way to it in the request. */
export type Placed<Part> = readonly [Part, Location];

type Kind = 'allowances' | 'charges';

/** How many places of a rule are told of: one of ten thousand lines may break it in each. */
export const MAX_PLACES = 10;

const NONE: readonly never[] = [];

/** The places, told by their index, of those parts that `isBroken`. */
function placesOf<Part>(
  parts: readonly Part[],
  isBroken: (part: Part) => boolean,
  place: (index: number) => Location,
): readonly Location[] {
  let found: Location[] | undefined;
  for (let index = 0; index < parts.length; index++) {
    if (!isBroken(parts[index] as Part)) continue;
    found ??= [];
    found.push(place(index));
    if (found.length === MAX_PLACES) break;
  }
  return found ?? NONE;
}

/** Every line that `isBroken`, at its field. */
export function lines(
  document: InvoiceDocument,
  field: string,
  isBroken: (line: Line) => boolean,
): readonly Location[] {
  return placesOf(document.lines, isBroken, (index) => `line_items.${index}.${field}`);
}

/** Every document-level allowance or charge that `isBroken`, at its field. */
export function ofDocument<Of extends Kind>(
  document: InvoiceDocument,
  kind: Of,
  field: string,
  isBroken: (adjustment: InvoiceDocument[Of][number]) => boolean,
): readonly Location[] {
  return placesOf(document[kind], isBroken, (index) => `${kind}.${index}.${field}`);
}

/** Every allowance or charge of a line that `isBroken`, at its field. */
export function ofLines(
  document: InvoiceDocument,
  kind: Kind,
  field: string,
  isBroken: (adjustment: Adjustment) => boolean,
): readonly Location[] {
  let found: Location[] | undefined;
  for (let at = 0; at < document.lines.length; at++) {
    const own = (document.lines[at] as Line)[kind];
    if (own.length === 0) continue;
    const places = placesOf(own, isBroken, (index) => `line_items.${at}.${kind}.${index}.${field}`);
    if (places.length > 0) found = [...(found ?? NONE), ...places];
    if (found !== undefined && found.length >= MAX_PLACES) break;
  }
  return found ?? NONE;
}

/** Every allowance or charge that `isBroken`, of the document and of its lines, at its field. */
export function adjustments(
  document: InvoiceDocument,
  kind: Kind,
  field: string,
  isBroken: (adjustment: Adjustment) => boolean,
): readonly Location[] {
  const own = ofDocument(document, kind, field, isBroken);
  const inLines = ofLines(document, kind, field, isBroken);
  if (own.length === 0) return inLines;
  return inLines.length === 0 ? own : [...own, ...inLines];
}

/** Every address. */
export function addresses({
  seller,
  buyer,
  taxRepresentative,
  delivery,
}: InvoiceDocument): readonly Placed<Address>[] {
  const found: Placed<Address>[] = [
    [seller.address, 'supplier'],
    [buyer.address, 'customer'],
  ];
  if (taxRepresentative) found.push([taxRepresentative.address, 'tax_representative']);
  if (delivery?.address) found.push([delivery.address, 'delivery.address']);
  return found;
}

/** The VAT identifiers that there are. */
export function vatIds({ seller, buyer, taxRepresentative }: InvoiceDocument): readonly Placed<string>[] {
  const found: Placed<string>[] = [];
  if (seller.vatId !== undefined) found.push([seller.vatId, 'supplier.vat_id']);
  if (buyer.vatId !== undefined) found.push([buyer.vatId, 'customer.vat_id']);
  if (taxRepresentative?.vatId !== undefined)
    found.push([taxRepresentative.vatId, 'tax_representative.vat_id']);
  return found;
}

type Identified = 'endpoint' | 'identifier' | 'legalId';
const FIELDS: Record<Identified, string> = {
  endpoint: 'endpoint',
  identifier: 'identifier',
  legalId: 'legal_id',
};

/** The identifiers of this sort that seller and buyer have. */
export function identifiers(
  { seller, buyer }: InvoiceDocument,
  sort: Identified,
): readonly Placed<Identifier>[] {
  const [sellers, buyers] = [seller[sort], buyer[sort]];
  if (sellers === undefined && buyers === undefined) return NONE;
  const found: Placed<Identifier>[] = [];
  if (sellers) found.push([sellers, `supplier.${FIELDS[sort]}`]);
  if (buyers) found.push([buyers, `customer.${FIELDS[sort]}`]);
  return found;
}

/** The places of those that `isBroken`. */
export function where<Part>(
  parts: readonly Placed<Part>[],
  isBroken: (part: Part) => boolean,
  field = '',
): readonly Location[] {
  let found: Location[] | undefined;
  for (const [part, location] of parts) {
    if (!isBroken(part)) continue;
    found ??= [];
    found.push(field === '' ? location : `${location}.${field}`);
  }
  return found ?? NONE;
}
