import type { Random } from './random.ts';
import { byDefault, byService, momentAt } from './times.ts';
import { COMPANIES } from './words.ts';

/** A row of `tenants`, its values in the order of the table's columns. */
export function tenantRow(id: number, count: number, random: Random): unknown[] {
  const created = momentAt(id / (count + 1), random);
  const changed = random.chance(0.4);
  return [
    id,
    `${random.pick(COMPANIES)} ${id}`,
    `vat_${random.hex(32)}`,
    random.chance(0.6) ? `https://hooks.example.com/${id}/invoices?v=2&source=vatevo` : null,
    random.chance(0.5) ? `whsec_${random.hex(40)}` : null,
    random.chance(0.95) ? 1 : 0,
    byDefault(created),
    changed ? byService(created + random.below(10_000_000), random.below(1_000_000)) : null,
  ];
}
