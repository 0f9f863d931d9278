import { existsSync } from 'node:fs';
import { ProgrammingError, TransferError, type TransferMapping } from '@vatevo/transfer';
import { compareAll, compareChanges, prepare, type Unchanged } from '@vatevo/transfer/pipeline';
import type { TransferPlan } from '@vatevo/transfer/plan';
import { inodeOf, isFile, refuseHoldersOfOldFile } from '../file/identity.ts';
import { widenLog } from '../file/ledger.ts';
import { type Aftermath, refuseDifferences, refuseRowsOfServer } from '../forward/differences.ts';
import { type Move, type MoveOptions, type MoveWithoutFile, withMove } from '../move.ts';
import { FENCE_LAG_THRESHOLD, Outrun, Pursuit, shown, WRITE_LESS } from '../pursuit.ts';
import { FENCE_MS, handOverInTime, MAX_CATCH_UP_ROUNDS, MAX_ROWS_AT_FENCE } from '../rounds.ts';
import { countRows } from '../server/count-rows.ts';
import type { MoveRecord } from '../server/ledger.ts';
import type { ServedTable } from '../server/tables.ts';
import { fence, fencedTables, unfence, waitForWriters } from '../server/triggers.ts';
import { applyToFile, highWaterMarks } from './apply.ts';
import { buildFile } from './build.ts';
import { countLines, hasKeyChanges, lagBehind } from './changes.ts';
import { copyWhole, isAhead, logFromNow, tablesToCopy } from './copy.ts';
import { FileKeys } from './file-keys.ts';
import { unchangedInServer } from './logged.ts';
import type { Misfit } from './misfits.ts';
import { withRecordedForms } from './recorded-forms.ts';
import {
  carriedOf,
  keepAll,
  type Looked,
  look,
  misfitsOf,
  namesOf,
  refuseChanged,
  refuseMisfits,
  refuseUnknownOthers,
} from './refuse.ts';
import { bringToRelease } from './release.ts';
import { type ReturningTable, returningTables } from './table.ts';

export interface RollbackOptions extends MoveOptions {
  /** Copies every row from PostgreSQL anew, whatever its log says. */
  readonly copyAll?: boolean;
}

export interface RolledBack {
  /** `failed-back` now, or found `already-failed-back`. */
  readonly outcome: 'failed-back' | 'already-failed-back';
  readonly moveId: string;
  /** Milliseconds for which nothing could be written. */
  readonly downtimeMs: number | undefined;
  readonly rowsCompared: number;
  readonly rowsVerifiedInFence: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Migrations that were applied to the file, so that it has a place for what PostgreSQL holds. */
  readonly migrations: readonly string[];
  /** What the operator left in PostgreSQL by name. */
  readonly leftBehind: readonly string[];
  /** Tables that somebody made in PostgreSQL after it was last looked at, and that the file therefore lacks. */
  readonly strays: readonly string[];
}

/** What goes back, and what does not. */
interface Scope {
  readonly looked: Looked;
  readonly misfits: readonly Misfit[];
  readonly carried: readonly ServedTable[];
  readonly mapping: TransferMapping;
  /** What the rows were read by; undefined where the file is made anew. */
  readonly begun: TransferPlan | undefined;
}

interface Returning extends Scope {
  readonly move: Move;
  readonly options: RollbackOptions;
  readonly record: MoveRecord;
  readonly plan: TransferPlan;
  readonly tables: readonly ReturningTable[];
  readonly fileKeys: FileKeys;
  /** Of PostgreSQL's writers. */
  readonly pursuit: Pursuit;
}

/**
 * Goes back to a SQLite file of our own format (`source`) with everything that was written to PostgreSQL since
 * it took over.
 *
 * 1. bring the file to the release that PostgreSQL is at; where the move came from another format, make it from a
 *    snapshot of PostgreSQL;
 * 2. refuse what would not come along;
 * 3. copy the tables whose changes the log does not tell: those that are new, or are not made as they were;
 * 4. apply PostgreSQL's changes to the file, and compare every row, while the service goes on;
 * 5. fence PostgreSQL, unless more is left by then than a moment suffices for: then follow again;
 * 6. apply and compare the rest, count all rows, set the ids that are assigned next;
 * 7. open the file: that is the hand-over.
 *
 * Whatever stands in the way lifts the fence again, and PostgreSQL goes on serving.
 */
export async function rollback(options: RollbackOptions): Promise<RolledBack> {
  let isNew = false;
  return withMove(
    options,
    (move) => failBack(move, options, isNew),
    async (move) => {
      const record = await move.server.read();
      refuseOtherThan(record, ['serving', 'fenced', 'failed-back']);
      if (existsSync(options.source)) return;
      const { returning, source: file } = options;
      if (record.format === 'own' || record.state === 'failed-back' || returning === undefined)
        throw noFile(file);
      const check = async (empty: string) => {
        const scope = await scopeOf(move, options, record, empty);
        // Before the snapshot that the file is made of: whatever changes behind it must be in the log.
        const { unlogged } = await tablesToCopy(move.client, record.id, scope.carried);
        await logFromNow(move.client, record.id, unlogged);
        return scope;
      };
      await buildFile({ move, record, file, returning, check });
      isNew = true;
    },
  );
}

async function failBack(move: Move, options: RollbackOptions, isNew: boolean): Promise<RolledBack> {
  const { file, server, client } = move;
  const { file: state, record } = await move.look();
  if (!isFile(file.file, record?.identity)) refuseHoldersOfOldFile(file.file);
  refuseOtherThan(record, ['serving', 'fenced', 'failed-back']);
  const handedToFile = state === 'released' && record.returnInode === inodeOf(file.file);
  if (record.state === 'failed-back' || (record.state === 'fenced' && handedToFile)) {
    file.removeRest();
    return {
      outcome: 'already-failed-back',
      moveId: record.id,
      downtimeMs: record.downtimeMs,
      rowsCompared: 0,
      rowsVerifiedInFence: 0,
      rows: {},
      migrations: [],
      leftBehind: move.decisions.leaveBehind,
      strays: record.state === 'fenced' ? await endFailback(move) : [],
    };
  }
  if (state === 'fenced' && record.state === 'serving') file.transition('noteHandOver', 'serving');
  if (file.state() !== 'handed-over') throw otherFile(file.file);
  if (record.format !== 'own' && inodeOf(file.file) === record.identity?.inode) throw olderFormat(file.file);
  // A process that died behind the fence: nothing was handed back, so writers need not wait for what follows.
  if (record.state === 'fenced')
    await server.transition('unfenceServer', 'handed-over', () => unfence(client));

  const migrations = options.returning
    ? await bringToRelease(file.file, options.returning, async (copy) => {
        await scopeOf(move, options, record, copy);
      })
    : [];
  const scope = await scopeOf(move, options, record, file.file);
  await keepAll(client, record.id, scope.misfits, move.decisions.notOurs);
  const { plan: pairs } = await prepare(move.source, move.target, scope.mapping, '');
  const plan = withRecordedForms(pairs, scope.begun);
  const tables = returningTables(plan, scope.carried);
  const fileKeys = new FileKeys();
  const pursuit = new Pursuit(
    ({ behind, written, done }) =>
      `PostgreSQL is written to faster than ${file.file} follows: that is ${behind} changes behind, of ${written} a second ${done} are applied and compared; ${NOT_HANDED_BACK}: ${WRITE_LESS}.`,
    options.paceWindowMs,
  );
  const returning: Returning = { move, options, record, plan, tables, fileKeys, pursuit, ...scope };
  await copyAnew(returning, isNew);
  const unchanged = unchangedInServer(client, plan, scope.looked.served, () => file.read()?.applied ?? null);
  const rowsCompared = await compareAllRows(returning, unchanged);
  const handedOver = await handOverInTime(
    async () => {
      await followClosely(returning, unchanged);
      return handOverToFile(returning);
    },
    (_, attempts) =>
      `PostgreSQL was written to so much at each of ${attempts} moments at which it was to be handed back (more than ${shown(FENCE_LAG_THRESHOLD)} changes were left, or very large ones) that nobody could have written for longer than ${FENCE_MS / 1000} s; ${NOT_HANDED_BACK}: ${WRITE_LESS}.`,
  );
  return { ...handedOver, rowsCompared, migrations };
}

const NOT_HANDED_BACK =
  'PostgreSQL goes on serving, nothing was handed back, and what is applied to the file is kept';

/** What goes back to a file. @throws TransferError `target-unfit` when something would not, and nobody said it may stay */
async function scopeOf(
  move: MoveWithoutFile,
  { leaveBehind = [], notOurs = [], returning }: RollbackOptions,
  record: MoveRecord,
  file: string,
): Promise<Scope> {
  const { target, decisions, mapping } = move;
  // What the operator decided for the file when it was moved holds at failback; a new one has nothing to decide.
  const begun = record.format === 'own' ? (await target.ledger.findRun())?.plan : undefined;
  // By the names that patterns stood for.
  const decided = begun && { ...begun.decisions, leaveBehind: begun.leftBehind };
  const looked = await look(move);
  await refuseUnknownOthers(move, notOurs, 'failback');
  const found = await misfitsOf(
    move,
    file,
    { ...mapping, ...(decided && { decisions: decided }) },
    { known: false, looked },
  );
  const misfits = refuseMisfits(found, decisions.leaveBehind, leaveBehind, {
    direction: 'failback',
    what: 'PostgreSQL goes on serving, because at failback SQLite would have no place for',
    newer: (await returning?.newer()) ?? [],
  });
  return {
    looked,
    misfits,
    carried: carriedOf(looked, misfits),
    begun,
    mapping: failbackMapping(mapping, misfits, decided, begun),
  };
}

function failbackMapping(
  mapping: TransferMapping,
  misfits: readonly Misfit[],
  decided: TransferMapping['decisions'] = {},
  begun?: TransferPlan,
): TransferMapping {
  const inFile = misfits.filter(({ side }) => side === 'file').map(({ name }) => name);
  const stays = [...inFile, ...(decided.leaveBehind ?? [])];
  const tables: Record<string, NonNullable<TransferMapping['tables']>[string]> = { ...mapping.tables };
  for (const name of stays) {
    if (!name.includes('.')) continue;
    const [source, column] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    const table = begun?.tables.find((one) => one.source === source)?.target.name ?? source;
    const known = tables[table];
    tables[table] = { ...known, leaveBehind: [...(known?.leaveBehind ?? []), column] };
  }
  const { leaveBehind: _, ...others } = decided;
  return {
    ...mapping,
    tables,
    ignoreTarget: [
      ...(mapping.ignoreTarget ?? []),
      ...misfits.filter(({ side }) => side === 'server').map(({ name }) => name),
    ],
    leaveBehind: [...(mapping.leaveBehind ?? []), ...stays],
    decisions: others,
  };
}

/**
 * Copies, while PostgreSQL goes on serving, what its log does not tell.
 *
 * @param isNew the file was just made of what PostgreSQL holds, all of it logged since
 */
async function copyAnew(
  { move, record, plan, tables, carried, options }: Returning,
  isNew: boolean,
): Promise<void> {
  const { client, file } = move;
  file.write((db) => {
    widenLog(db, Math.max(...plan.tables.map(({ key }) => key.length)));
    return null;
  });
  const { unlogged, unknown } = await tablesToCopy(client, record.id, carried);
  await logFromNow(client, record.id, unlogged);
  const since = file.read()?.applied ?? null;
  const all =
    options.copyAll ||
    (await isAhead(client, file)) ||
    // Which rows had which keys is known from where the file stands, and that is moved by a copy of all tables alone.
    (!isNew &&
      (await hasKeyChanges(
        client,
        since,
        unknown.map(({ name }) => name),
      )));
  const wanted = all ? carried : isNew ? unlogged : unknown;
  const names = new Set(wanted.map(({ name }) => name));
  await copyWhole(
    client,
    file,
    tables.filter(({ plan: { target } }) => names.has(target.name)),
    wanted === carried,
  );
}

/** Brings the file up to PostgreSQL, and compares all of it, while that goes on serving. @returns rows compared */
async function compareAllRows(returning: Returning, unchanged: Unchanged): Promise<number> {
  const { move, plan, tables, fileKeys } = returning;
  const { client, file, options } = move;
  await applyToFile({ client, file, tables, fileKeys, isNamed: false });
  const measured = await move.pool().measure(plan);
  const all = await compareAll(move.pool(), move.target.digests, measured, unchanged, options.onProgress);
  await refuseDifferences(move, all.differing, goesOnServing(returning));
  return all.rows;
}

/**
 * Applies and compares changes, in ever shorter rounds as fewer are made meanwhile.
 *
 * @throws TransferError `source-busy` when the writers are faster
 */
async function followClosely(returning: Returning, unchanged: Unchanged): Promise<void> {
  const { move, pursuit } = returning;
  for (let round = 1; ; round++) {
    const rows = await applyAndCompare(returning, unchanged);
    if (rows <= MAX_ROWS_AT_FENCE) break;
    const { end, left } = await lagBehind(move.client, move.file.read()?.applied ?? null);
    if (left > FENCE_LAG_THRESHOLD) pursuit.look(end - left, end);
    else if (round < MAX_CATCH_UP_ROUNDS) pursuit.caughtUp();
    else break;
  }
  pursuit.caughtUp();
}

function goesOnServing({ options }: Pick<Returning, 'options'>): Aftermath {
  return options.copyAll
    ? {
        what: 'PostgreSQL goes on serving; the columns of the file do not keep these values as they are',
        next: { step: 'change-or-close' },
      }
    : { what: 'PostgreSQL goes on serving', next: { step: 'copy-all' } };
}

/** @returns rows */
async function applyAndCompare(returning: Returning, unchanged: Unchanged): Promise<number> {
  const { move, plan, tables, fileKeys, pursuit } = returning;
  const { client, file } = move;
  const after = file.logEnd().seq;
  const keys = await applyToFile({
    client,
    file,
    tables,
    fileKeys,
    isNamed: true,
    onKeys: (keys) => {
      if (keys > MAX_ROWS_AT_FENCE) pursuit.refuseLate(BigInt(keys));
    },
  });
  const last = file.logEnd().seq;
  const compared = await move
    .pool()
    .withReader((reader) =>
      compareChanges({ reader, digests: move.target.digests, plan, after, last, unchanged }),
    );
  await refuseDifferences(move, compared.differing, goesOnServing(returning));
  return Math.max(keys, compared.rows);
}

const RUN_AGAIN = 'run the same command again; PostgreSQL goes on serving';

async function handOverToFile(
  returning: Returning,
): Promise<Omit<RolledBack, 'rowsCompared' | 'migrations'>> {
  const { move, record, looked, misfits, pursuit } = returning;
  const { file, server, client } = move;
  await server.keep(record.id, { returnInode: inodeOf(file.file) });
  let fenced = 0;
  await server.transition('fenceServer', 'handed-over', async () => {
    // Nobody was refused yet, but waits: what is too much is followed once more before anybody is.
    fenced = await waitForWriters(client, looked.served);
    const left = await countLines(client, file.read()?.applied ?? null, FENCE_LAG_THRESHOLD + 1n);
    if (left > FENCE_LAG_THRESHOLD) throw new Outrun(left);
    await fence(client, looked.served, 'returning');
    await refuseChanged(looked, move, RUN_AGAIN);
  });
  pursuit.deadline = fenced + FENCE_MS / 2;
  try {
    const rowsVerifiedInFence = await applyAndCompare(returning, async (_, rows) => rows);
    const rows = await compareCounts(returning);
    await setHighWaterMarks(returning);
    refuseHoldersOfOldFile(file.file);
    // No lock keeps tables from being made.
    await refuseChanged(looked, move, RUN_AGAIN);
    move.proof.give();
    // Asked at the last moment, on the connection that holds the lock: a standby that was promoted meanwhile may serve.
    file.release('failBack', await server.state());
    const downtimeMs = performance.now() - fenced;
    await server.keep(record.id, { downtimeMs });
    const strays = await endFailback(move);
    file.removeRest();
    return {
      outcome: 'failed-back',
      moveId: record.id,
      downtimeMs,
      rowsVerifiedInFence,
      rows,
      leftBehind: namesOf(misfits),
      strays,
    };
  } catch (error) {
    // What fails later has handed back already, and the next call ends it.
    if (file.state() === 'handed-over')
      await server.transition('unfenceServer', 'handed-over', () => unfence(client));
    throw error;
  } finally {
    pursuit.deadline = undefined;
  }
}

/** @returns tables that were made behind the fence, and are behind it from now on */
async function endFailback(move: Move): Promise<string[]> {
  const { server, client } = move;
  const strays: string[] = [];
  await server.transition('endFailback', 'released', async () => {
    const held = new Set((await fencedTables(client)).map(({ oid }) => oid));
    const unheld = (await move.served()).filter(({ oid }) => !held.has(oid));
    await fence(client, unheld, 'returning');
    strays.push(...unheld.map(({ name }) => name));
  });
  return strays;
}

/** Every row of the file was compared; equal counts say that PostgreSQL has no other ones. */
async function compareCounts({ move, plan, tables, options }: Returning): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const inFile = move.file.count(table.plan.source);
    const inServer = await countRows(move.client, table.plan);
    counts[table.plan.target.name] = inFile;
    if (inFile === inServer) continue;
    const planned = (await move.pool().measure(plan, true)).find((one) => one.table === table.plan);
    if (planned === undefined) throw new ProgrammingError('a table that goes back is planned');
    await refuseRowsOfServer(move, planned, { inFile, inServer }, goesOnServing({ options }));
  }
  return counts;
}

/** An id that was assigned once is not assigned again. */
async function setHighWaterMarks({ move, tables }: Returning): Promise<void> {
  const given = await highWaterMarks(move.client, tables);
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
  const ahead: Aftermath = { what: 'nothing was handed over yet', next: { step: 'abort' } };
  const why: Partial<Record<MoveRecord['state'] | 'none', Aftermath>> = {
    none: { what: 'no move into this database was handed over' },
    reserved: ahead,
    moving: ahead,
    aborting: {
      what: 'nothing was handed over, and the move is being given up',
      next: { step: 'end-abort' },
    },
    closed: {
      what: 'the move was closed, and changes since are not logged',
      next: { step: 'by-hand' },
    },
  };
  const state = record?.state ?? 'none';
  const { what, next } = why[state] ?? {};
  throw new TransferError('wrong-state', `PostgreSQL is ${state}: ${what}.`, { next });
}

function noFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `There is no file ${file}: the failback leads to the very file that the move came from; give its path.`,
  );
}

function olderFormat(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} is of the legacy format, and stays as it was at the hand-over.`,
    { next: { step: 'name-new-file' } },
  );
}

function otherFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} takes no part in the move into this database: give the path of the file that it came from, or, if that was of the legacy format, of one that does not exist yet.`,
  );
}
