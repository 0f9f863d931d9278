import type { CheckConstraint, ServerKey } from '../plan/catalog.ts';
import type { PlannedTable, Source, SourceView } from '../source/source.ts';
import type { Probes } from '../target/target.ts';
import { findBrokenChecks } from './checks.ts';
import { type Computed, findUncomputable } from './computed.ts';
import { findBrokenKeys } from './keys.ts';
import type { BadRows } from './quarantine/set-aside.ts';
import { findTooWide } from './too-wide.ts';

/** Finds, before any row is loaded, those that break a rule which only the server can evaluate. */
export async function findBrokenRows(
  probes: Probes,
  source: Source,
  view: SourceView,
  tables: readonly PlannedTable[],
  {
    checks,
    keys,
    ...computed
  }: Computed & {
    readonly checks: readonly CheckConstraint[];
    readonly keys: readonly ServerKey[];
  },
): Promise<BadRows> {
  const byCheck = await findBrokenChecks(probes, view, tables, checks);
  const byKey = await findBrokenKeys(probes, view, tables, keys);
  const uncomputable = await findUncomputable(probes, source, view, tables, computed);
  const wide = await findTooWide(probes, source, view, tables);
  const found = [byCheck, byKey, uncomputable, wide];
  const names = new Set(found.flatMap((rows) => [...rows.keys()]));
  return new Map([...names].map((name) => [name, found.flatMap((rows) => rows.get(name) ?? [])]));
}
