import type { Client } from 'pg';
import { refused, TransferError } from '../../errors.ts';
import { quoteQualified } from '../../quote.ts';
import type { RestoreOptions } from '../target.ts';
import { findBreakingRow } from './broken-restore.ts';
import { brokenRule } from './broken-rule.ts';
import { type DeferredEntry, readDeferred, restore } from './deferred.ts';
import { advanceSequences } from './sequences.ts';

/**
 * Restores indexes and keys, analyses the tables, restores foreign keys, and moves sequences ahead of the ids.
 *
 * Foreign keys come when all indexes are there, one after the other: each locks two tables, and two of them
 * could wait for each other. They come after the statistics, without which the server's own query for orphans
 * is planned as a million lookups instead of one join (five times as long).
 */
export async function finalize(
  clients: readonly [Client, ...Client[]],
  options: RestoreOptions,
): Promise<void> {
  const { runId, plan, highWaterMarks, onProgress } = options;
  const [client] = clients;
  const entries = await readDeferred(client, runId);
  const totalRows = entries.length + 1 + plan.tables.length;
  let rows = 0;
  const report = () => onProgress?.({ stage: 'finalize', rows, totalRows, bytes: 0 });
  const step = async (work: Promise<unknown>) => {
    await work;
    rows++;
    report();
  };
  report();
  const foreignKeys = entries.filter(isForeignKey);
  const others = entries.filter((entry) => !isForeignKey(entry));
  const tables = [...new Set(others.map((entry) => entry.table))];
  await sideBySide(clients, tables, async (one, table) => {
    for (const entry of others) {
      if (entry.table === table) await step(restoreOrRefuse(one, entry, options));
    }
  });
  await sideBySide(clients, plan.tables, (one, table) =>
    step(one.query(`ANALYZE ${quoteQualified(table.target)}`)),
  );
  for (const entry of foreignKeys) await step(restoreOrRefuse(client, entry, options));
  await step(advanceSequences(client, plan, highWaterMarks));
}

/** The name is quoted by the server, where it needs to be. */
const FOREIGN_KEY = /^ALTER TABLE .* ADD CONSTRAINT (?:"(?:[^"]|"")*"|\S+) FOREIGN KEY \(/s;

function isForeignKey({ definition }: DeferredEntry): boolean {
  return FOREIGN_KEY.test(definition);
}

/** Every connection takes the next item when it is done with one; the first failure lets no other item begin. */
async function sideBySide<Item>(
  clients: readonly Client[],
  items: readonly Item[],
  work: (client: Client, item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const done = await Promise.allSettled(
    clients.map(async (client) => {
      try {
        while (next < items.length) await work(client, items[next++] as Item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }),
  );
  const failed = done.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const AGAIN = ': fix them in the source, then run the same command again';

async function restoreOrRefuse(
  client: Client,
  entry: DeferredEntry,
  { runId, plan, next }: RestoreOptions,
): Promise<void> {
  try {
    await restore(client, runId, entry);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    const broken = brokenRule(error, plan.tables);
    if (broken === undefined) throw error;
    const found = await findBreakingRow(client, plan, entry, error).catch(() => undefined);
    if (found) throw refused([found], { cause: error, next });
    // What the server needs for a look may be missing: room, or the right to make a table.
    throw new TransferError(
      'source-refused',
      `The loaded rows of ${entry.table} break ${entry.name} (${broken})${next ? '' : AGAIN}.`,
      { cause: error, ...(next && { next }) },
    );
  }
}
