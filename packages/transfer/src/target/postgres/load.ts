import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import { ProgrammingError, TransferError } from '../../errors.ts';
import { copiedColumns, type TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import type { Load, Loaded, LoadOptions } from '../target.ts';
import { brokenRule } from './broken-rule.ts';
import { inTransaction } from './in-transaction.ts';
import { insertAlterations, insertRange } from './ledger.ts';

const AGAIN = ': mend it in the source, then run the same command again';

/** Loads rows and their line in the ledger, or neither. */
export async function load(
  client: Client,
  table: TablePlan,
  { bounds, chunks, result }: Load,
  { runId, also, next }: LoadOptions<Client>,
): Promise<Loaded> {
  try {
    // A commit that a crash of the server undoes takes its ledger line with it, so nothing needs the disk's word.
    return await inTransaction(client, 'BEGIN; SET LOCAL synchronous_commit = off', async () => {
      const taken = chunks ? await send(client, copySql(table), chunks) : 0;
      const loaded = await result;
      const { rows, bytes } = loaded;
      refuseOthers(table, rows, taken);
      await insertAlterations(client, runId, loaded.alterations);
      await insertRange(client, runId, { table: table.target.name, ...bounds, rows, bytes });
      // Last, as loads on other connections may wait for it.
      await also?.(client);
      return loaded;
    });
  } catch (error) {
    const broken = brokenRule(error, [table]);
    if (broken === undefined) throw error;
    throw new TransferError(
      'source-refused',
      `A row of the source breaks a rule of the target (${table.source}, between ${bounds.lowest} and ${bounds.highest}: ${broken})${next ? '' : AGAIN}.`,
      { cause: error, ...(next && { next }) },
    );
  }
}

/** Loads encoded rows. @param into a table with the same columns; the target's own when omitted */
export async function copyRows(
  client: Client,
  table: TablePlan,
  { data, rows }: { readonly data: readonly Uint8Array[]; readonly rows: number },
  into?: string,
): Promise<void> {
  if (rows === 0) return;
  const chunks = Readable.from([COPY_HEADER, ...data, COPY_TRAILER]);
  refuseOthers(table, rows, await send(client, copySql(table, into), chunks));
}

/** @returns how many rows the server took */
async function send(client: Client, copy: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const stream = client.query(copyFrom(copy));
  await pipeline(chunks, stream);
  return stream.rowCount;
}

function refuseOthers({ target }: TablePlan, sent: number, taken: number): void {
  if (sent !== taken)
    throw new ProgrammingError(`${target.name}: ${sent} rows were sent, the server took ${taken}`);
}

/** @param into a table with the same columns; the target's own when omitted */
function copySql(table: TablePlan, into: string = quoteQualified(table.target)): string {
  const columns = copiedColumns(table).map((column) => quoteName(column.target));
  return `COPY ${into} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`;
}
