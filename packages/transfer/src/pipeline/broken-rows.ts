import type { CheckConstraint, ServerKey } from '../plan/catalog.ts';
import type { PlannedTable, SourceView } from '../source/source.ts';
import type { Probes } from '../target/target.ts';
import { findBrokenChecks } from './checks.ts';
import { findBrokenKeys } from './keys.ts';
import type { BadRows } from './quarantine/set-aside.ts';

/** Finds, before any row is loaded, those that break a rule which only the server can evaluate. */
export async function findBrokenRows(
  probes: Probes,
  view: SourceView,
  tables: readonly PlannedTable[],
  { checks, keys }: { readonly checks: readonly CheckConstraint[]; readonly keys: readonly ServerKey[] },
): Promise<BadRows> {
  const byCheck = await findBrokenChecks(probes, view, tables, checks);
  const byKey = await findBrokenKeys(probes, view, tables, keys);
  const names = new Set([...byCheck.keys(), ...byKey.keys()]);
  return new Map(
    [...names].map((name) => [name, [...(byCheck.get(name) ?? []), ...(byKey.get(name) ?? [])]]),
  );
}
