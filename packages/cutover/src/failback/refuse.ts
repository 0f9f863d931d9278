import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldName } from '@vatevo/sqlite-sql';
import { type Direction, TransferError, type TransferMapping } from '@vatevo/transfer';
import type { SourceTable, TransferPlan } from '@vatevo/transfer/plan';
import { readPostgresCatalog, readRecordedStructure } from '@vatevo/transfer/postgres';
import { beginRead, holdsData, readSqliteCatalog, useSource } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { Client } from 'pg';
import { FILE_WAIT } from '../file/open.ts';
import type { MoveOptions, MoveWithoutFile } from '../move.ts';
import { keepDecisions } from '../server/decisions.ts';
import type { Others, ServedTable } from '../server/tables.ts';
import { loggingTables } from '../server/triggers.ts';
import { findMisfits, type Misfit, type Waiver } from './misfits.ts';

/** PostgreSQL as it was looked at; what is not ours is no part of it. */
export interface Looked {
  readonly served: readonly ServedTable[];
  readonly others: Others;
}

type Server = Pick<MoveWithoutFile, 'client' | 'target' | 'served' | 'others' | 'decisions' | 'mapping'>;

export async function look(move: Pick<Server, 'served' | 'others'>): Promise<Looked> {
  return { served: await move.served(), others: await move.others() };
}

/** @throws TransferError `wrong-state` when tables came, went or changed since they were looked at */
export async function refuseChanged(
  before: Looked,
  move: Pick<Server, 'served' | 'others'>,
  after: string,
): Promise<void> {
  const now = await look(move);
  const shapes = ({ served, others }: Looked) =>
    new Map([
      ...served.map(({ oid, name, shape }) => [`table ${name}`, `${oid} ${shape}`] as const),
      ...others.tables.map((name) => [`table ${name}`, ''] as const),
      ...others.sequences.map((name) => [`sequence ${name}`, ''] as const),
    ]);
  const [was, is] = [shapes(before), shapes(now)];
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (name) => was.get(name) !== is.get(name),
  );
  if (changed.length === 0) return;
  throw new TransferError(
    'wrong-state',
    `The schema of PostgreSQL was changed while this command ran (${changed.join(', ')}): ${after}.`,
  );
}

/** What the operator gave by a flag must name something, so that a typing error cannot pass for a decision. */
export async function refuseUnknownOthers(
  { client, target }: Pick<Server, 'client' | 'target'>,
  names: readonly string[],
  direction: Direction,
  file: readonly SourceTable[] = [],
): Promise<void> {
  const ours = new Set(file.map(({ name }) => foldName(name)));
  const logging = await loggingTables(client);
  for (const name of names) {
    const [schema, table] = splitName(name, target.schema);
    const { rows } = await client.query(
      `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND ($2 = '*' OR c.relname = $2) LIMIT 1`,
      [schema, table],
    );
    if (rows.length === 0) throw undecided(name, 'not-ours', direction, 'PostgreSQL has no such table');
    const moved =
      schema === target.schema &&
      (table === '*' ||
        ours.has(foldName(table)) ||
        logging.some((found) => found.schema === schema && found.name === table));
    if (moved) throw undecided(name, 'not-ours', direction, 'it is a table of this move');
  }
}

function splitName(name: string, schema: string): [schema: string, table: string] {
  const dot = name.indexOf('.');
  return dot < 0 ? [schema, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function undecided(name: string, decision: Waiver, direction: Direction, why: string): TransferError {
  return new TransferError('target-unfit', `What was said of ${name} decides nothing, because ${why}.`, {
    next: { step: 'correct-name', direction, decision, name },
  });
}

/** What would not come along to a file, by the names of an operator. */
export async function misfitsOf(
  move: Server,
  path: string,
  mapping: TransferMapping,
  { known, looked }: { readonly known: boolean; readonly looked: Looked },
): Promise<Misfit[]> {
  const names = new Set(looked.served.map(({ name }) => name));
  const server = (await readPostgresCatalog(move.client, move.target.schema)).filter(({ name }) =>
    names.has(name),
  );
  const keys = known ? undefined : await keysAtTheStart(move.client);
  const find = (db: Database) => {
    beginRead(db, FILE_WAIT);
    return findMisfits({
      ...looked,
      server,
      file: readSqliteCatalog(db),
      mapping,
      knownKeys: (table, index) => keys === undefined || keys.has(JSON.stringify([table, index])),
      holdsData: (table, column) => !known && holdsData(db, table, column),
    });
  };
  return useSource(path, find, { waitMs: FILE_WAIT });
}

/** Unique keys that PostgreSQL had when the move began: a file that came without them goes back without them. */
async function keysAtTheStart(client: Client): Promise<Set<string>> {
  const items = (await readRecordedStructure(client)) ?? [];
  return new Set(
    items
      .filter(({ kind }) => kind === 'constraint' || kind === 'index')
      .map(({ table, name }) => JSON.stringify([table, name])),
  );
}

/** What goes back to SQLite when a move is handed over. */
export interface Prospect {
  readonly looked: Looked;
  readonly misfits: readonly Misfit[];
  /** The tables that do. */
  readonly carried: readonly ServedTable[];
}

/**
 * Refuses, before anything is handed over, a move whose failback would not carry everything, and keeps what the
 * operator decided.
 *
 * @param moveId of a move that has begun
 * @throws TransferError `target-unfit`
 */
export async function refuseWithoutFailback(
  move: Server & { readonly options: MoveOptions },
  moveId?: string,
): Promise<Prospect> {
  const { options, client, decisions } = move;
  const looked = await look(move);
  const found = await misfitsAhead(move, looked);
  const misfits = refuseMisfits(found, decisions.leaveBehind, options.leaveBehind ?? [], {
    direction: 'forward',
    what: 'Nothing was handed over, because at failback SQLite would have no place for',
    newer: (await options.returning?.newer()) ?? [],
  });
  if (moveId !== undefined) await keepAll(client, moveId, misfits, decisions.notOurs);
  return { looked, misfits, carried: carriedOf(looked, misfits) };
}

/** Keeps what was decided, in place of what was decided before and does not matter any more. */
export async function keepAll(
  client: Client,
  moveId: string,
  misfits: readonly Misfit[],
  notOurs: readonly string[],
): Promise<void> {
  await keepDecisions(client, moveId, 'leave-behind', namesOf(misfits));
  await keepDecisions(client, moveId, 'not-ours', notOurs);
}

export function namesOf(misfits: readonly Misfit[]): string[] {
  return [...new Set(misfits.map(({ name }) => name))];
}

export function carriedOf({ served }: Looked, misfits: readonly Misfit[]): ServedTable[] {
  const stays = new Set(misfits.filter(({ side }) => side === 'server').map(({ name }) => name));
  return served.filter(({ name }) => !stays.has(name));
}

/** Against the source as it is, or against an empty file of the format that a failback leads to. */
async function misfitsAhead(
  move: Server & { readonly options: MoveOptions },
  looked: Looked,
): Promise<Misfit[]> {
  const { options } = move;
  const { returning, source, notOurs = [] } = options;
  if (returning === undefined) {
    await refuseUnknownOthers(move, notOurs, 'forward', catalogOf(source));
    return misfitsOf(move, source, withBegun(move.mapping, await begunPlan(move)), { known: true, looked });
  }
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-failback-'));
  try {
    const empty = join(folder, 'empty.db');
    await returning.deploy(empty);
    await refuseUnknownOthers(move, notOurs, 'forward', catalogOf(empty));
    return await misfitsOf(move, empty, returning.mapping, { known: true, looked });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the move's rows were read by; undefined before it has begun. */
export async function begunPlan({ target }: Pick<Server, 'target'>): Promise<TransferPlan | undefined> {
  return (await target.ledger.findRun())?.plan;
}

/** The mapping with what was decided when the move began, by the names that patterns stood for. */
export function withBegun(mapping: TransferMapping, begun: TransferPlan | undefined): TransferMapping {
  return begun ? { ...mapping, decisions: { ...begun.decisions, leaveBehind: begun.leftBehind } } : mapping;
}

function catalogOf(file: string): SourceTable[] {
  return useSource(file, readSqliteCatalog);
}

export function virtualTables(file: string): string[] {
  return catalogOf(file).flatMap(({ name, virtual }) => (virtual ? [name] : []));
}

export interface Refusing {
  readonly direction: Direction;
  readonly what: string;
  /** Migrations of PostgreSQL that this release does not know. */
  readonly newer: readonly string[];
}

/**
 * @param kept names that were decided before
 * @param given names that were given now: each must decide something
 * @returns what is left behind
 */
export function refuseMisfits(
  misfits: readonly Misfit[],
  kept: readonly string[],
  given: readonly string[],
  { direction, what, newer }: Refusing,
): Misfit[] {
  const waivable = new Set(
    misfits.filter(({ waivers }) => waivers.includes('leave-behind')).map(({ name }) => name),
  );
  for (const name of given) {
    if (!waivable.has(name))
      throw undecided(name, 'leave-behind', direction, 'there is nothing of the kind to leave behind');
  }
  const decided = new Set([...kept, ...given]);
  const left = misfits.filter(
    ({ name, waivers }) => !(decided.has(name) && waivers.includes('leave-behind')),
  );
  if (left.length === 0) return [...misfits];
  const waivedAs = (waiver: Waiver) => namesOf(left.filter(({ waivers }) => waivers.includes(waiver)));
  throw new TransferError('target-unfit', `${what} ${left.map((misfit) => misfit.what).join('; ')}.`, {
    next: {
      step: 'place-or-waive',
      direction,
      leaveBehind: waivedAs('leave-behind'),
      notOurs: waivedAs('not-ours'),
      newer,
    },
  });
}
