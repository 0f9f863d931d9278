import type { Unchanged } from '@vatevo/transfer/pipeline';
import type { TransferPlan } from '@vatevo/transfer/plan';
import type { Client } from 'pg';
import type { ServedTable } from '../server/tables.ts';
import { keysSince } from './apply.ts';

/** Rows that PostgreSQL's log names, by target table: their identities in the file, as JSON. */
export type LoggedRows = ReadonlyMap<string, ReadonlySet<string>>;

/** @param since the snapshot behind which lines count; null for all of them */
export async function loggedRows(
  client: Client,
  plan: TransferPlan,
  served: readonly ServedTable[],
  since: string | null,
): Promise<LoggedRows> {
  const changed = await keysSince(client, since);
  const named = new Map<string, Set<string>>();
  for (const { target, identity, columns } of plan.tables) {
    const key = served.find(({ name }) => name === target.name)?.key ?? [];
    const places = identity.map((i) => key.indexOf(columns[i]?.target ?? ''));
    const keys = changed.get(target.name) ?? [];
    named.set(target.name, new Set(keys.map((of) => JSON.stringify(places.map((at) => of[at])))));
  }
  return named;
}

/** Tells by PostgreSQL's log which of the rows that seem to differ nobody has changed. */
export function unchangedInServer(logged: () => Promise<LoggedRows>): Unchanged {
  return async (_, rows) => {
    if (rows.length === 0) return rows;
    const named = await logged();
    return rows.filter(({ table, key }) => !named.get(table.target.name)?.has(JSON.stringify(key)));
  };
}
