import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import { ProgrammingError } from '../../errors.ts';
import { copiedColumns, type TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';

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
export async function send(client: Client, copy: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const stream = client.query(copyFrom(copy));
  await pipeline(pieces(chunks), stream);
  return stream.rowCount;
}

/** Bytes that go in one message: the server keeps each whole beside what it makes of it. */
const MESSAGE_BYTES = 16 << 20;

async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (chunk.length <= MESSAGE_BYTES) yield chunk;
    else
      for (let at = 0; at < chunk.length; at += MESSAGE_BYTES) yield chunk.subarray(at, at + MESSAGE_BYTES);
  }
}

export function refuseOthers({ target }: TablePlan, sent: number, taken: number): void {
  if (sent !== taken)
    throw new ProgrammingError(`${target.name}: ${sent} rows were sent, the server took ${taken}`);
}

/** @param into a table with the same columns; the target's own when omitted */
export function copySql(table: TablePlan, into: string = quoteQualified(table.target)): string {
  const columns = copiedColumns(table).map((column) => quoteName(column.target));
  return `COPY ${into} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`;
}
