import type { Client } from 'pg';
import type { ReaderPool } from '../source/sqlite/readers/pool.ts';
import type { CheckConstraint } from '../target/postgres/checks.ts';
import type { ServerKey } from '../target/postgres/keys.ts';
import { findBrokenChecks } from './checks.ts';
import { findBrokenKeys } from './keys.ts';
import type { BadRows } from './quarantine/set-aside.ts';
import type { PlannedTable } from './ranges.ts';

/** Finds, before any row is loaded, those that break a rule which only the server can evaluate. */
export async function findBrokenRows(
  client: Client,
  pool: ReaderPool,
  tables: readonly PlannedTable[],
  { checks, keys }: { readonly checks: readonly CheckConstraint[]; readonly keys: readonly ServerKey[] },
): Promise<BadRows> {
  const byCheck = await findBrokenChecks(client, pool, tables, checks);
  const byKey = await findBrokenKeys(client, pool, tables, keys);
  const names = new Set([...byCheck.keys(), ...byKey.keys()]);
  return new Map(
    [...names].map((name) => [name, [...(byCheck.get(name) ?? []), ...(byKey.get(name) ?? [])]]),
  );
}
