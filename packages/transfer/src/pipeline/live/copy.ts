import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import { TransferError } from '../../errors.ts';
import type { Alteration, RefusedValue } from '../../plan/rows.ts';
import type { TablePlan } from '../../plan/types.ts';
import type { OnProgress } from '../../progress.ts';
import { ProgressMeter } from '../../progress.ts';
import { LOG_START, type LogPlace } from '../../source/sqlite/change-log.ts';
import type { Reader, ReaderPool } from '../../source/sqlite/readers/pool.ts';
import type { LiveRows, RowRange } from '../../source/sqlite/readers/protocol.ts';
import { brokenRule } from '../../target/postgres/broken-rule.ts';
import { inTransaction } from '../../target/postgres/in-transaction.ts';
import { type CopiedRange, insertAlterations, insertRange } from '../../target/postgres/ledger.ts';
import { copySql } from '../copy.ts';
import type { PlannedTable } from '../ranges.ts';
import { readLive } from './read.ts';

/** Rowids that one reader works through before it takes the next piece. */
const ROWIDS_A_PIECE = 20_000n;
/** Bytes of COPY data that are loaded in one transaction. */
const LOAD_BYTES = 1 << 20;
/** Where rowids lie far apart, pieces are wider: nobody can count to 2^63 in steps. */
const MOST_PIECES = 2_000n;

export interface LiveCopyOptions {
  readonly pool: ReaderPool;
  /** One connection for each reader. */
  readonly clients: readonly Client[];
  readonly runId: string;
  readonly tables: readonly PlannedTable[];
  /** What the ledger has already. */
  readonly done: readonly CopiedRange[];
  /** Keeps the place in the change log at which rows were read, in the transaction that loads them. */
  readonly keep: (client: Client, place: LogPlace) => Promise<void>;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Copies every row of a file that others write to, each range as it is when its turn comes.
 *
 * What comes out is no state that the file was ever in. It becomes one when the changes since the start are
 * applied (apply.ts): a row that was read too early, too late, twice or not at all was changed meanwhile, so
 * the change log names it.
 */
export async function copyLive(options: LiveCopyOptions): Promise<{ rows: number; bytes: number }> {
  const { pool, clients, runId, tables, done, keep } = options;
  const totalRows = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
  const copied = done.reduce(
    (sum, { rows, bytes }) => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes }),
    {
      rows: 0,
      bytes: 0,
    },
  );
  const meter = new ProgressMeter('copy', totalRows, options.onProgress, copied);
  const totals = { rows: 0, bytes: 0 };
  await pool.runAll(cutPieces(tables, done), async (piece, reader, slot) => {
    const client = clients[slot] as Client;
    let load = new Load(piece.bounds.lowest);
    const write = async () => {
      await writeLoad(client, runId, piece.table, load, () => keep(client, pool.seen ?? LOG_START));
      totals.rows += load.rows;
      totals.bytes += load.bytes;
      meter.add(load.rows, load.bytes);
      load = new Load(load.highest + 1n);
    };
    await eachStep(reader, piece, 'encode', async (read, { highest }) => {
      if (read.refusals.length > 0) throw refused(read.refusals);
      load.add(read, highest);
      if (load.bytes >= LOAD_BYTES || highest === piece.bounds.highest) await write();
    });
  });
  return totals;
}

/** Rows of several short reads, which go to the server together. */
class Load {
  rows = 0;
  bytes = 0;
  readonly data: Uint8Array[] = [];
  readonly alterations: Alteration[] = [];
  readonly lowest: bigint;
  highest: bigint;

  constructor(lowest: bigint) {
    this.lowest = lowest;
    this.highest = lowest - 1n;
  }

  add({ rows, data, alterations }: LiveRows, highest: bigint): void {
    this.rows += rows;
    this.highest = highest;
    this.alterations.push(...alterations);
    for (const chunk of data) {
      this.bytes += chunk.length;
      this.data.push(chunk);
    }
  }
}

/** Commits rows together with their line in the ledger. */
async function writeLoad(
  client: Client,
  runId: string,
  table: TablePlan,
  load: Load,
  keepPlace: () => Promise<void>,
): Promise<void> {
  const { rows, bytes, lowest, highest } = load;
  await inTransaction(client, 'BEGIN; SET LOCAL synchronous_commit = off', async () => {
    await copyRows(client, table, load);
    await insertAlterations(client, runId, load.alterations);
    await insertRange(client, runId, { table: table.target.name, lowest, highest, rows, bytes });
    // Last, as loads on other connections wait for it.
    await keepPlace();
  }).catch((error: unknown) => {
    const broken = brokenRule(error, [table]);
    if (broken === undefined) throw error;
    throw new TransferError(
      'source-refused',
      `A row of the source breaks a rule of the target (between ${lowest} and ${highest}: ${broken}): mend it in the source, then run the same command again.`,
      { cause: error },
    );
  });
}

/** Looks at every value of the file. @returns the values that the target cannot hold */
export async function checkLive(
  pool: ReaderPool,
  tables: readonly PlannedTable[],
  onProgress: OnProgress | undefined,
): Promise<RefusedValue[]> {
  const totalRows = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
  const meter = new ProgressMeter('inspect', totalRows, onProgress);
  const refusals: RefusedValue[] = [];
  await pool.runAll(cutPieces(tables, []), async (piece, reader) => {
    await eachStep(reader, piece, 'check', async (read) => {
      refusals.push(...read.refusals);
      meter.add(read.rows, 0);
    });
  });
  return refusals;
}

/** The values that stopped a step, as one sentence. */
export function refused(refusals: readonly RefusedValue[], cause?: unknown): TransferError {
  const [{ table, key, column, reason, value }] = refusals as [RefusedValue];
  const more = refusals.length > 1 ? ` and ${refusals.length - 1} more` : '';
  return new TransferError(
    'source-refused',
    `The source holds a value that the target cannot hold (${table}, ${key}, ${column}: ${reason}, ${value}${more}): mend it in the source, then run the same command again.`,
    { cause },
  );
}

export interface Piece {
  readonly table: TablePlan;
  readonly bounds: { readonly lowest: bigint; readonly highest: bigint };
}

/** Works through a piece in short reads, in the order of the rowids. */
export async function eachStep(
  reader: Reader,
  { table, bounds }: Piece,
  want: 'check' | 'encode' | 'digest' | 'checksum',
  work: (read: LiveRows, bounds: Piece['bounds']) => Promise<void>,
): Promise<void> {
  for (let lowest = bounds.lowest; lowest <= bounds.highest; ) {
    const range: RowRange = { table, bounds: { lowest, highest: bounds.highest } };
    const [read] = (await readLive(reader, [range], want)).ranges as [LiveRows];
    const highest = read.stoppedAt ?? bounds.highest;
    await work(read, { lowest, highest });
    lowest = highest + 1n;
  }
}

/** What is not done yet, cut so that several readers have something to do. */
export function cutPieces(
  tables: readonly PlannedTable[],
  done: readonly CopiedRange[],
  rowidsAPiece: bigint = ROWIDS_A_PIECE,
): Piece[] {
  return tables.flatMap(({ table, extent: { bounds } }) => {
    if (bounds === undefined) return [];
    const behind = done
      .filter((range) => range.table === table.target.name)
      .toSorted((a, b) => (a.lowest < b.lowest ? -1 : 1));
    const pieces: Piece[] = [];
    const least = (bounds.highest - bounds.lowest) / MOST_PIECES + 1n;
    const width = least > rowidsAPiece ? least : rowidsAPiece;
    const cut = (from: bigint, to: bigint) => {
      for (let lowest = from; lowest <= to; lowest += width) {
        const last = lowest + width - 1n;
        pieces.push({ table, bounds: { lowest, highest: last < to ? last : to } });
      }
    };
    let next = bounds.lowest;
    for (const range of behind) {
      cut(next, range.lowest - 1n);
      if (range.highest >= next) next = range.highest + 1n;
    }
    cut(next, bounds.highest);
    return pieces;
  });
}

/** Loads encoded rows. @param into a table with the same columns; the target's own when omitted */
export async function copyRows(
  client: Client,
  table: TablePlan,
  { data, rows }: Pick<LiveRows, 'data' | 'rows'>,
  into?: string,
): Promise<void> {
  if (rows === 0) return;
  const stream = client.query(copyFrom(copySql(table, into)));
  await pipeline(Readable.from([COPY_HEADER, ...data, COPY_TRAILER]), stream);
  if (stream.rowCount !== rows) {
    throw new Error(`${table.target.name}: ${rows} rows were sent, the server took ${stream.rowCount}`);
  }
}
