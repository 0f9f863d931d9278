import { lineItem, party } from './documents.ts';
import { cents } from './money.ts';
import { pythonJson } from './python-json.ts';
import type { Random } from './random.ts';
import { byDefault, byService, midnight, momentAt } from './times.ts';
import { ublDocument } from './ubl.ts';
import { COUNTRIES, CURRENCIES } from './words.ts';

const STATUSES = [
  'VALIDATED',
  'VALIDATED',
  'VALIDATED',
  'ACCEPTED',
  'ACCEPTED',
  'SUBMITTED',
  'REJECTED',
  'FAILED',
  'DRAFT',
] as const;

/** How many of the invoices keep their XML. */
const WITH_XML = 1 / 3;

/** A row of `invoices`, its values in the order of the table's columns. */
export function invoiceRow(id: number, count: number, tenants: number, random: Random): unknown[] {
  const created = momentAt(id / (count + 1), random);
  const status = random.pick(STATUSES);
  const country = random.pick(COUNTRIES);
  const currency = random.pick(CURRENCIES);
  const number = `INV-${new Date(created * 1000).getUTCFullYear()}-${String(id).padStart(7, '0')}`;
  const supplier = party(country, random, true);
  const customer = party(random.pick(COUNTRIES), random, false);
  const lines = Array.from({ length: random.between(1, 5) }, () => lineItem(random));
  const subtotal = lines.reduce((sum, line) => sum + line.total, 0);
  const tax = lines.reduce((sum, line) => sum + line.tax, 0);
  const issued = midnight(created);
  const sent = status === 'SUBMITTED' || status === 'ACCEPTED' || status === 'REJECTED';
  const withXml = random.chance(WITH_XML);
  return [
    id,
    `EXT-${random.hex(12)}`,
    random.between(1, tenants),
    status,
    country,
    number,
    issued,
    random.chance(0.7) ? midnight(created + 30 * 86_400) : null,
    cents(subtotal),
    cents(tax),
    cents(subtotal + tax),
    currency,
    pythonJson(supplier),
    pythonJson(customer),
    pythonJson(lines.map((line) => line.document)),
    withXml ? ublDocument({ number, issued, currency, supplier, customer, subtotal, tax, lines }) : null,
    withXml && country === 'IT' ? '<?xml version="1.0"?><p:FatturaElettronica versione="FPR12"/>' : null,
    withXml ? `https://files.example.com/invoices/${id}.pdf` : null,
    sent ? `sub-${random.hex(24)}` : null,
    sent ? gatewayResponse(status, random) : null,
    status === 'FAILED' ? 'The gateway did not answer within 30 s: “délai dépassé”' : null,
    status === 'FAILED' ? random.below(4) : 0,
    byDefault(created),
    random.chance(0.8) ? byService(created + random.below(90_000), random.below(1_000_000)) : null,
    sent ? byService(created + random.below(9_000), random.below(1_000_000)) : null,
  ];
}

function gatewayResponse(status: string, random: Random): string {
  return pythonJson({
    ack: status !== 'REJECTED',
    code: status === 'REJECTED' ? 'NS' : 'MC',
    reference: random.below(0x7fff_ffff),
    nested: { ü: [1, null, true] },
  });
}
