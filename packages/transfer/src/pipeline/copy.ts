import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../column-types/encode/copy-writer.ts';
import { copiedColumns, type TablePlan } from '../plan/types.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { Reader, ReaderPool } from '../source/sqlite/readers/pool.ts';
import type { EncodeResult, RowRange } from '../source/sqlite/readers/protocol.ts';
import type { Spool } from '../source/sqlite/readers/spool.ts';
import { inTransaction } from '../target/postgres/in-transaction.ts';
import { insertAlterations, insertRange } from '../target/postgres/ledger.ts';
import { ledgerBounds } from './ranges.ts';

export interface CopyOptions {
  readonly pool: ReaderPool;
  /** One connection for each reader. */
  readonly clients: readonly Client[];
  readonly runId: string;
  /** What is still to be copied. */
  readonly ranges: readonly RowRange[];
  readonly totalRows: number;
  readonly alreadyCopied: number;
  /** What is encoded already; the readers encode the rest. */
  readonly spool?: Spool | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface CopyTotals {
  readonly rows: number;
  /** Of COPY data. */
  readonly bytes: number;
}

/** Loads ranges side by side; each is committed together with its line in the ledger, or not at all. */
export async function copyRanges(options: CopyOptions): Promise<CopyTotals> {
  const { pool, clients, ranges, runId, spool } = options;
  const meter = new ProgressMeter('copy', options.totalRows, options.onProgress, {
    rows: options.alreadyCopied,
    bytes: 0,
  });
  const totals = { rows: 0, bytes: 0 };
  await pool.runAll(ranges, async (range, reader, slot) => {
    const spooled = spool?.take(range);
    const encoded =
      spool && spooled
        ? sendSpooled(spool.read(slot, spooled), spooled, meter)
        : streamRange(reader, range, meter);
    const copied = await copyRange(clients[slot] as Client, range, encoded, runId);
    totals.rows += copied.rows;
    totals.bytes += copied.bytes;
  });
  return totals;
}

/** A range on its way in binary COPY format. */
interface EncodedRange {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What the chunks hold, known when they are all taken. */
  readonly result: Promise<EncodeResult>;
}

async function copyRange(
  client: Client,
  range: RowRange,
  encoded: EncodedRange,
  runId: string,
): Promise<EncodeResult> {
  // A commit that a crash of the server undoes takes its ledger line with it, so nothing needs the disk's word.
  return inTransaction(client, 'BEGIN; SET LOCAL synchronous_commit = off', async () => {
    const stream = client.query(copyFrom(copySql(range.table)));
    await pipeline(encoded.chunks, stream);
    const result = await encoded.result;
    if (stream.rowCount !== result.rows) {
      throw new Error(
        `${range.table.target.name}: ${result.rows} rows were sent, the server took ${stream.rowCount}`,
      );
    }
    const { rows, bytes } = result;
    await insertAlterations(client, runId, result.alterations);
    await insertRange(client, runId, { table: range.table.target.name, ...ledgerBounds(range), rows, bytes });
    return result;
  });
}

/** @param into a table with the same columns; the target's own when omitted */
export function copySql(table: TablePlan, into: string = quoteQualified(table.target)): string {
  const columns = copiedColumns(table).map((column) => quoteName(column.target));
  return `COPY ${into} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`;
}

function sendSpooled(
  spooled: AsyncIterable<Uint8Array>,
  result: EncodeResult,
  meter: ProgressMeter,
): EncodedRange {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield COPY_HEADER;
    for await (const chunk of spooled) {
      yield chunk;
      meter.add(0, chunk.length);
    }
    yield COPY_TRAILER;
    meter.add(result.rows, 0);
  }
  return { chunks: chunks(), result: Promise.resolve(result) };
}

/** Connects a reader's pushed chunks to a pulled stream: a chunk counts as taken when the stream asks for more. */
function streamRange(reader: Reader, range: RowRange, meter: ProgressMeter): EncodedRange {
  const queue: { chunk: Uint8Array; taken: () => void }[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  const result = reader
    .run(
      { kind: 'encode', range },
      {
        onProgress: meter.add,
        onChunk: (chunk) =>
          new Promise((taken) => {
            queue.push({ chunk, taken });
            wake();
          }),
      },
    )
    .finally(() => {
      ended = true;
      wake();
    });
  // The stream below reports a failure; nobody else may be listening yet.
  result.catch(() => undefined);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield COPY_HEADER;
    for (;;) {
      const next = queue.shift();
      if (next !== undefined) {
        yield next.chunk;
        next.taken();
      } else if (ended) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    await result;
    yield COPY_TRAILER;
  }
  return { chunks: chunks(), result };
}
