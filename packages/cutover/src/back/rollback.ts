import { existsSync } from 'node:fs';
import type { TransferMapping } from '@vatevo/transfer';
import {
  compareAll,
  compareChanges,
  findRun,
  measureTables,
  prepare,
  TransferError,
  type TransferPlan,
  type Unchanged,
} from '@vatevo/transfer/engine';
import { inodeOf, refuseHoldersOfOldFile } from '../file/identity.ts';
import { type Move, type MoveOptions, withMove } from '../move.ts';
import { FEW_KEYS, MOST_ROUNDS } from '../rounds.ts';
import { countRows } from '../server/count-rows.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { fence, type ServedTable, servedTables, unfence } from '../server/triggers.ts';
import { refuseDifferences } from '../there/bring-up.ts';
import { applyBack, idsGivenOut } from './apply.ts';
import { buildFile } from './build.ts';
import { loggedRows, unchangedInServer } from './logged.ts';
import { type ReturningTable, returningTables } from './table.ts';

export interface RollbackOptions extends MoveOptions {
  /** Makes an empty file of our own format, for the way back after a move from another one. */
  readonly create: (file: string) => Promise<void>;
}

export interface RolledBack {
  /** `returned` now, or found `already-back`. */
  readonly outcome: 'returned' | 'already-back';
  readonly moveId: string;
  /** Milliseconds for which nothing could be written. */
  readonly downtimeMs: number | undefined;
  readonly rowsCompared: number;
  readonly rowsVerifiedInFence: number;
  readonly rows: Readonly<Record<string, number>>;
}

interface Returning {
  readonly move: Move;
  readonly record: MoveRecord;
  readonly served: readonly ServedTable[];
  readonly plan: TransferPlan;
  readonly tables: readonly ReturningTable[];
}

/**
 * Goes back to a SQLite file of our own format (`source`) with everything that was written to PostgreSQL since
 * it took over.
 *
 * 1. where the move came from another format, make the file from a snapshot of PostgreSQL;
 * 2. apply PostgreSQL's changes to the file, and compare every row, while the service goes on;
 * 3. fence PostgreSQL, apply and compare the rest, count all rows, set the ids that are given out next;
 * 4. open the file: that is the hand-over.
 *
 * Whatever stands in the way lifts the fence again, and PostgreSQL goes on serving.
 */
export async function rollback(options: RollbackOptions): Promise<RolledBack> {
  return withMove(
    options,
    (move) => goBack(move),
    async (session, server) => {
      const record = await server.read();
      refuseOtherThan(record, ['serving', 'fenced', 'returned']);
      if (existsSync(options.source)) return;
      if (record.format === 'own' || record.state === 'returned') throw noFile(options.source);
      const served = await servedTables(server.client, session.schema, options.servedTables);
      await buildFile({
        session,
        client: server.client,
        record,
        served,
        file: options.source,
        create: options.create,
      });
    },
  );
}

async function goBack(move: Move): Promise<RolledBack> {
  const { file, server, client } = move;
  refuseHoldersOfOldFile(file.file);
  const { file: state, record } = await move.look();
  refuseOtherThan(record, ['serving', 'fenced', 'returned']);
  const served = await move.served();
  const handedBack = state === 'open' && record.returnInode === inodeOf(file.file);
  if (record.state === 'returned' || (record.state === 'fenced' && handedBack)) {
    file.removeRest();
    if (record.state === 'fenced') await server.go('endReturn', 'open');
    return {
      outcome: 'already-back',
      moveId: record.id,
      downtimeMs: record.downtimeMs,
      rowsCompared: 0,
      rowsVerifiedInFence: 0,
      rows: {},
    };
  }
  if (state === 'fenced' && record.state === 'serving') file.go('leave', 'serving');
  if (file.state() !== 'left') throw otherFile(file.file);
  // A process that died behind the fence: nothing was handed back, so writers need not wait for what follows.
  if (record.state === 'fenced') await server.go('unfenceServer', 'left', () => unfence(client, served));

  const { plan } = await prepare(move.session, client, '', await mappingOf(move, record));
  const tables = returningTables(plan, served);
  const returning: Returning = { move, record, served, plan, tables };
  const rowsCompared = await follow(returning);
  return { ...(await handBack(returning)), rowsCompared };
}

/** What the operator decided for the file when it was moved holds on its way back; a new one has nothing to decide. */
async function mappingOf({ session, client }: Move, { format }: MoveRecord): Promise<TransferMapping> {
  const { mapping } = session.endpoints;
  const decisions = format === 'own' ? (await findRun(client))?.plan.decisions : undefined;
  return decisions ? { ...mapping, decisions } : mapping;
}

/** Brings the file up to PostgreSQL while that goes on serving. @returns rows compared */
async function follow({ move, plan, served, tables }: Returning): Promise<number> {
  const { client, file, options } = move;
  await applyBack(client, file, tables);
  const unchanged = unchangedInServer(() => loggedRows(client, plan, served, file.read()?.applied ?? null));
  const measured = await measureTables(move.pool(), plan);
  const all = await compareAll(move.pool(), await move.clients(), measured, unchanged, options.onProgress);
  await refuseDifferences(move, all.differing);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if ((await applyAndCompare(move, plan, tables, unchanged)) <= FEW_KEYS) break;
  }
  return all.rows;
}

async function applyAndCompare(
  move: Move,
  plan: TransferPlan,
  tables: readonly ReturningTable[],
  unchanged: Unchanged,
): Promise<number> {
  const { client, file } = move;
  const from = file.logEnd().seq;
  await applyBack(client, file, tables);
  const compared = await move
    .pool()
    .withReader((reader) => compareChanges(reader, client, plan, from, file.logEnd().seq, unchanged));
  await refuseDifferences(move, compared.differing);
  return compared.rows;
}

async function handBack(returning: Returning): Promise<Omit<RolledBack, 'rowsCompared'>> {
  const { move, record, served, plan, tables } = returning;
  const { file, server, client } = move;
  await server.keep(record.id, { returnInode: inodeOf(file.file) });
  const fenced = performance.now();
  await server.go('fenceServer', 'left', () => fence(client, served, 'returning'));
  try {
    const rowsVerifiedInFence = await applyAndCompare(move, plan, tables, async (_, rows) => rows);
    const rows = await compareCounts(returning);
    await setIdsGivenOut(returning);
    refuseHoldersOfOldFile(file.file);
    file.open('handBack', 'fenced');
    const downtimeMs = performance.now() - fenced;
    await server.keep(record.id, { downtimeMs });
    await server.go('endReturn', 'open');
    return { outcome: 'returned', moveId: record.id, downtimeMs, rowsVerifiedInFence, rows };
  } catch (error) {
    // What fails later has handed back already, and the next call ends it.
    if (file.state() === 'left') await server.go('unfenceServer', 'left', () => unfence(client, served));
    throw error;
  }
}

/** Every row of the file was compared; equal counts say that PostgreSQL has no other ones. */
async function compareCounts({ move, tables }: Returning): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const inFile = move.file.count(table.plan.source);
    const inServer = await countRows(move.client, table.plan);
    counts[table.plan.target.name] = inFile;
    if (inFile === inServer) continue;
    throw new TransferError(
      'differences',
      `The file holds ${inFile} rows of ${table.plan.source} and PostgreSQL ${inServer}, although every logged change was applied: somebody wrote past the triggers; PostgreSQL goes on serving.`,
    );
  }
  return counts;
}

/** An id that was given out once is not given out again. */
async function setIdsGivenOut({ move, tables }: Returning): Promise<void> {
  const given = await idsGivenOut(move.client, tables);
  move.file.write((db) => {
    const remembers = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
    if (remembers === undefined) return null;
    const set = db.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?');
    const insert = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
    for (const [table, id] of given) if (set.run(id, table).changes === 0) insert.run(table, id);
    return null;
  });
}

function refuseOtherThan(
  record: MoveRecord | undefined,
  states: readonly MoveRecord['state'][],
): asserts record is MoveRecord {
  if (record && states.includes(record.state)) return;
  const why: Partial<Record<MoveRecord['state'] | 'none', string>> = {
    none: 'no move into this database was handed over',
    claimed: 'nothing was handed over yet: give the move up with ops:cutover abort',
    moving: 'nothing was handed over yet: give the move up with ops:cutover abort',
    aborting: 'nothing was handed over: end giving the move up with ops:cutover abort',
    closed:
      'the time in which going back is possible was ended with ops:cutover close, and changes since are not logged',
  };
  const state = record?.state ?? 'none';
  throw new TransferError('wrong-state', `PostgreSQL is ${state}: ${why[state]}.`);
}

function noFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `There is no file ${file}: the way back leads to the very file that the move came from; give its path.`,
  );
}

function otherFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} takes no part in the move into this database: give the path of the file that it came from, or, if that was of the legacy format, of one that does not exist yet.`,
  );
}
