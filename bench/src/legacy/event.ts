import { pythonJson } from './python-json.ts';
import type { Random } from './random.ts';
import { byDefault, byService, momentAt } from './times.ts';

const TYPES = ['invoice.validated', 'invoice.validated', 'invoice.submitted', 'invoice.accepted'] as const;
/** Events come up to this many invoices after their own. */
const LAG = 5_000;

/** A row of `webhook_events`, its values in the order of the table's columns. */
export function eventRow(id: number, count: number, invoices: number, random: Random): unknown[] {
  const invoice = Math.max(1, Math.ceil((id / count) * invoices) - random.below(LAG));
  const created = momentAt(id / (count + 1), random);
  const type = random.pick(TYPES);
  const attempts = random.chance(0.9) ? 1 : random.below(6);
  const delivered = attempts > 0 && random.chance(0.97);
  const payload = {
    invoice_id: invoice,
    invoice_number: `INV-${String(invoice).padStart(7, '0')}`,
    status: type.slice('invoice.'.length),
    occurred_at: `${byDefault(created).replace(' ', 'T')}Z`,
    note: random.chance(0.3) ? 'geprüft – naïve ☃' : null,
    delivery: { id: random.hex(16), attempt: attempts, retry: !delivered },
  };
  return [
    id,
    invoice,
    type,
    pythonJson(payload),
    delivered ? 1 : 0,
    attempts,
    attempts > 0 ? byService(created + random.below(3_600), random.below(1_000_000)) : null,
    byDefault(created),
  ];
}
