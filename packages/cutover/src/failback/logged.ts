import type { Unchanged } from '@vatevo/transfer/pipeline';
import type { TransferPlan } from '@vatevo/transfer/plan';
import { inTransaction } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import type { ServedTable } from '../server/tables.ts';
import { changedKeys } from './changes.ts';

/**
 * Tells by PostgreSQL's log which of the rows that seem to differ nobody has changed.
 *
 * @param since the snapshot behind which lines count; null for all of them
 */
export function unchangedInServer(
  client: Client,
  plan: TransferPlan,
  served: readonly ServedTable[],
  since: () => string | null,
): Unchanged {
  return async (_, rows) => {
    if (rows.length === 0) return rows;
    const unnamed = new Map(plan.tables.map(({ target }) => [target.name, new Set<string>()]));
    for (const { table, key } of rows) unnamed.get(table.target.name)?.add(JSON.stringify(key));
    const placesOf = new Map(
      plan.tables.map(({ target, identity, columns }) => {
        const key = served.find(({ name }) => name === target.name)?.key ?? [];
        return [target.name, identity.map((i) => key.indexOf(columns[i]?.target ?? ''))];
      }),
    );
    await inTransaction(client, 'BEGIN READ ONLY', async () => {
      for await (const { table, keys } of changedKeys(client, since())) {
        const suspects = unnamed.get(table);
        const places = placesOf.get(table) ?? [];
        if (!suspects?.size) continue;
        // In the file's own order of a key's columns.
        for (const key of keys) suspects.delete(JSON.stringify(places.map((at) => key[at])));
      }
    });
    return rows.filter(({ table, key }) => unnamed.get(table.target.name)?.has(JSON.stringify(key)));
  };
}
