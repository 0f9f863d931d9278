import type { InvoiceDocument, Party } from '../../../invoice-document/document.ts';
import type { Facts } from '../../facts.ts';
import { at, type Location, peppol, type Rule, type Severity } from '../../rule.ts';

/** Greece has two codes: its address says GR, its VAT identifiers EL. */
const isGreece = (country: string) => country === 'GR' || country === 'EL';
/** The country whose rules count for a party: of its VAT identifier, else of its address. */
const countryOf = ({ vatId, address }: Party) => (vatId?.slice(0, 2) ?? address.country).toUpperCase();

type Applies = (document: InvoiceDocument, facts: Facts) => boolean;
const bySeller: Applies = (_, { sellerCountry }) => isGreece(sellerCountry);
const betweenGreeks: Applies = ({ buyer }, { sellerCountry }) =>
  isGreece(sellerCountry) && isGreece(countryOf(buyer));
const fromGreece: Applies = ({ seller }, { sellerCountry }) =>
  isGreece(sellerCountry) && seller.address.country === 'GR';

const rule = (
  id: string,
  message: string,
  applies: Applies,
  location: Location,
  isRight: (document: InvoiceDocument) => boolean,
  severity: Severity = 'fatal',
): Rule =>
  peppol(
    id,
    message,
    (document, facts) => at(location, applies(document, facts) && !isRight(document)),
    severity,
  );

/** ΑΦΜ, ΑΑΔΕ: eight digits by powers of two, modulo 11. */
function isGreekTaxNumber(text = ''): boolean {
  if (!/^\d{9}/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 8; index++) sum += Number(text[index]) * 2 ** (8 - index);
  return (sum % 11) % 10 === Number(text[8]);
}

const isGreekVatId = (id = '') => id.startsWith('EL') && isGreekTaxNumber(id.slice(2));
const isGreekEndpoint = ({ endpoint }: Party) =>
  endpoint === undefined || (endpoint.scheme === '9933' && isGreekTaxNumber(endpoint.id));

const DOCUMENT_TYPES = new Set(['1.1', '1.6', '2.1', '2.4', '5.1', '5.2']);

/** The number of an invoice: seller|day|branch|type|series|number. */
const segments = ({ number }: InvoiceDocument) => (number ?? '').split('|');

function isTaxNumberOfSeller(text: string, { seller, taxRepresentative }: InvoiceDocument): boolean {
  const isOwn = [seller.vatId, taxRepresentative?.vatId].some((id) => id?.slice(2, 11) === text);
  return text.length === 9 && isGreekTaxNumber(text) && isOwn;
}

/** What each segment of the number is; the second rule is about the first one. */
const SEGMENTS: readonly (readonly [
  what: string,
  isRight: (text: string, document: InvoiceDocument) => boolean,
])[] = [
  ['is the tax number of the seller or the tax representative', isTaxNumberOfSeller],
  [
    'is the issue date, DD/MM/YYYY',
    (text, { issueDate }) => text === issueDate?.split('-').reverse().join('/'),
  ],
  ['is a whole number', (text) => /^\d+$/.test(text.trim())],
  ['is the type of a Greek document', (text) => DOCUMENT_TYPES.has(text)],
  ['is not empty', (text) => text !== ''],
  ['is not empty', (text) => text !== ''],
];

/** Peppol's rules for sellers in Greece. */
export const GREECE: readonly Rule[] = [
  rule(
    'GR-R-001-1',
    'The number of a Greek invoice has six segments with | between them',
    bySeller,
    'invoice_number',
    (document) => segments(document).length === SEGMENTS.length,
  ),
  ...SEGMENTS.map(([what, isRight], index) =>
    rule(
      `GR-R-001-${index + 2}`,
      `Segment ${index + 1} of the number of a Greek invoice ${what}`,
      bySeller,
      'invoice_number',
      (document) => isRight(segments(document)[index] ?? '', document),
    ),
  ),
  rule('GR-R-002', 'Greek suppliers give their name', bySeller, 'supplier.name', ({ seller }) =>
    Boolean(seller.name),
  ),
  rule(
    'GR-S-011',
    'Greek suppliers give their VAT identifier: EL and a tax number',
    bySeller,
    'supplier.vat_id',
    ({ seller }) => isGreekVatId(seller.vatId),
    'warning',
  ),
  rule(
    'GR-R-003',
    'The VAT identifier of a Greek supplier is EL and a tax number',
    bySeller,
    'supplier.vat_id',
    ({ seller }) => seller.vatId === undefined || isGreekVatId(seller.vatId),
  ),
  rule(
    'GR-R-004-1',
    'Greek invoices carry a mark of myDATA, which these documents cannot',
    fromGreece,
    'supplier.country',
    () => false,
  ),
  rule(
    'GR-S-008-1',
    'Greek invoices carry the address where they can be checked, which these documents cannot',
    fromGreece,
    'supplier.country',
    () => false,
    'warning',
  ),
  rule('GR-R-005', 'The buyer from a Greek supplier has a name', bySeller, 'customer.name', ({ buyer }) =>
    Boolean(buyer.name),
  ),
  rule(
    'GR-R-009',
    'The electronic address of a Greek supplier is a tax number (9933)',
    ({ seller }) => isGreece(countryOf(seller)),
    'supplier.endpoint',
    ({ seller }) => isGreekEndpoint(seller),
  ),
  rule(
    'GR-R-006',
    'A Greek buyer from a Greek supplier has a VAT identifier: EL and a tax number',
    betweenGreeks,
    'customer.vat_id',
    ({ buyer }) => isGreekVatId(buyer.vatId),
  ),
  rule(
    'GR-R-010',
    'The electronic address of a Greek buyer from a Greek supplier is a tax number (9933)',
    betweenGreeks,
    'customer.endpoint',
    ({ buyer }) => isGreekEndpoint(buyer),
  ),
];
