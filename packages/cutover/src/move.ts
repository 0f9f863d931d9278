import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { type FileState, Proof } from '@vatevo/cutover-state';
import {
  type Endpoints,
  ProgrammingError,
  TransferError,
  type TransferMapping,
  useSession,
} from '@vatevo/transfer';
import { Connections, openPostgres, type PostgresTarget } from '@vatevo/transfer/postgres';
import type { SqliteSource } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import { inodeOf } from './file/identity.ts';
import { FileLedger, type FileRecord } from './file/ledger.ts';
import { OUR_TABLES } from './file/names.ts';
import { FILE_WAIT } from './file/open.ts';
import { bothTakeWrites, unknownMove } from './out-of-place.ts';
import { Pursuit, WRITE_LESS } from './pursuit.ts';
import { type Decisions, readDecisions } from './server/decisions.ts';
import { type MoveRecord, ServerLedger, type SourceFormat } from './server/ledger.ts';
import { completeSchema } from './server/schema.ts';
import { findOthers, type Others, type ServedTable, servedTables } from './server/tables.ts';
import { passFence } from './server/triggers.ts';

/** The two databases of a move. */
export interface MoveOptions extends Omit<Endpoints, 'readable'> {
  readonly format: SourceFormat;
  /** The format of the files that a failback leads to. Where omitted, that is the source as it is. */
  readonly returning?: ReturnFormat;
  /** Tables of PostgreSQL that belong to another application: `table`, `schema.table` or `schema.*`. */
  readonly notOurs?: readonly string[];
  /** What has no place in SQLite and stays in PostgreSQL: `table`, `table.column`, a sequence, `table.index`. */
  readonly leaveBehind?: readonly string[];
  /** Removes what an earlier failback left in PostgreSQL by name. */
  readonly discardLeftBehind?: boolean;
  /** An operator says that what was written since the hand-over is lost, or is in another file. */
  readonly handOverIsLost?: boolean;
  /** Milliseconds without a sign of life of PostgreSQL after which the fence is lifted; 5 s. */
  readonly silenceMs?: number;
  /** Milliseconds in which the lag behind the writers must become smaller (three times in a row, or it is given up). */
  readonly paceWindowMs?: number;
  /** Milliseconds that a transaction of another process on the file is waited for; 15 s. */
  readonly fileWaitMs?: number;
}

/** How SQLite files of our own format are made, and brought to the release that PostgreSQL is at. */
export interface ReturnFormat {
  readonly mapping: TransferMapping;
  /** The migrations that PostgreSQL has and a file lacks; all of them where there is no file. */
  readonly missing: (file: string) => Promise<readonly string[]>;
  /** The migrations that PostgreSQL has and this release does not know. */
  readonly newer: () => Promise<readonly string[]>;
  /** Applies them; a file that is not there is made. */
  readonly deploy: (file: string) => Promise<void>;
}

/** A killed command's session may outlive it a little: how long its lock is waited for, in milliseconds. */
export const LOCK_WAIT = 10_000;

/** What the steps of a command work with, while it holds the lock of the move. */
export interface Move {
  readonly options: MoveOptions;
  readonly source: SqliteSource;
  readonly target: PostgresTarget;
  /** The connection that holds the lock: the only one that changes the server's state. */
  readonly client: Client;
  readonly server: ServerLedger;
  readonly file: FileLedger;
  /** Of the file's writers, by what is applied and by what is compared. */
  readonly applying: Pursuit;
  readonly comparing: Pursuit;
  /** Given by whoever has compared both sides behind the fence; a hand-over takes it. */
  readonly proof: Proof;
  /** Connections for the readers, the client the first of them. */
  readonly clients: () => Promise<[Client, ...Client[]]>;
  readonly pool: () => ReturnType<SqliteSource['live']>;
  /** The same database on a connection of its own, for the time that the command takes. */
  readonly openAnother: () => Promise<PostgresTarget>;
  /** What was decided on names in PostgreSQL, by this command or an earlier one of this move. */
  readonly decisions: Decisions;
  /** What is matched with what, without the tables of others. */
  readonly mapping: TransferMapping;
  /** The tables that the service keeps rows in: those of the catalog but for bookkeeping and what is not ours. */
  served(): Promise<readonly ServedTable[]>;
  /** What else is in the database and is not known to be of others. */
  others(): Promise<Others>;
  /** The states as they are, after the file was adopted. */
  look(): Promise<{ readonly file: FileState; readonly record: MoveRecord | undefined }>;
}

/** What there is of a move before there is a file. */
export type MoveWithoutFile = Pick<
  Move,
  'target' | 'client' | 'server' | 'decisions' | 'mapping' | 'served' | 'others'
>;

/**
 * Takes the lock of the move, adopts the file, and works.
 *
 * @param makeFile makes the file when it is not there yet, under the lock
 */
export async function withMove<Result>(
  options: MoveOptions,
  work: (move: Move) => Promise<Result>,
  makeFile: (move: MoveWithoutFile) => Promise<void> = async () => undefined,
): Promise<Result> {
  const { source } = options;
  const endpoints: Endpoints = {
    ...options,
    connect: async () => {
      const client = await options.connect();
      await passFence(client);
      // Floats as they are: a role or a database may have set fewer digits.
      await client.query('SET extra_float_digits = 1');
      return client;
    },
    readable: source,
    waitMs: options.fileWaitMs ?? FILE_WAIT,
  };
  return useSession(endpoints, async ({ source: sqlite, target }) => {
    const { client, schema } = target;
    await target.lock(LOCK_WAIT);
    const proof = new Proof();
    const server = new ServerLedger(client, proof);
    await completeSchema(client);
    const kept = await readDecisions(client, (await server.read())?.id);
    const decisions = { ...kept, notOurs: [...new Set([...kept.notOurs, ...(options.notOurs ?? [])])] };
    const inServer = namesInServer(target, decisions, await mappingOf(options, target));
    await makeFile({ target, client, server, ...inServer });
    const file = new FileLedger(source, randomUUID(), proof, options.fileWaitMs);
    const opened: Connections[] = [];
    try {
      const known = await server.read();
      // Before it is adopted: whoever moves it into another database must not be disturbed by a wrong address.
      file.adopt((found) => refuseOtherMove(source, found, known));
      return await work({
        options,
        source: sqlite,
        target,
        client,
        server,
        file,
        ...pursuits(options),
        proof,
        clients: target.clients,
        pool: () => sqlite.live(),
        openAnother: () => {
          const connections = new Connections(endpoints.connect, 1);
          opened.push(connections);
          return openPostgres(connections, schema);
        },
        ...inServer,
        look: async () => {
          const record = await server.read();
          refuseOtherMove(source, file.read(), record);
          return { file: file.state(), record };
        },
      });
    } finally {
      await Promise.all(opened.map((connections) => connections.close()));
      file.close();
    }
  });
}

/** What is said of tables, in PostgreSQL's names. */
function namesInServer(
  { client, schema }: PostgresTarget,
  decisions: Move['decisions'],
  given: TransferMapping,
): Pick<Move, 'decisions' | 'mapping' | 'served' | 'others'> {
  const names = new OtherNames(schema, decisions.notOurs);
  const ignoreTarget = [...(given.ignoreTarget ?? []), ...names.ofSchema];
  return {
    decisions,
    mapping: { ...given, leaveBehind: [...(given.leaveBehind ?? []), ...OUR_TABLES], ignoreTarget },
    served: () => servedTables(client, schema, ignoreTarget),
    others: async () => {
      const { tables, sequences } = await findOthers(client, schema);
      return { tables: tables.filter((name) => !names.hold(name)), sequences };
    },
  };
}

function pursuits({ source, paceWindowMs }: MoveOptions): Pick<Move, 'applying' | 'comparing'> {
  return {
    applying: new Pursuit(
      ({ behind, written, done }) =>
        `${source} is written to faster than PostgreSQL follows: it is ${behind} changes behind, of ${written} a second it applies ${done}; writers go on and nothing was handed over: ${WRITE_LESS}.`,
      paceWindowMs,
    ),
    comparing: new Pursuit(
      ({ behind, written, done }) =>
        `${source} is written to faster than its changes are compared with PostgreSQL: ${behind} changes are not compared yet, of ${written} a second ${done} are; writers go on and nothing was handed over, what is applied and compared is kept: ${WRITE_LESS}.`,
      paceWindowMs,
    ),
  };
}

export async function required(move: Move): Promise<MoveRecord> {
  const { record } = await move.look();
  if (record === undefined) throw new ProgrammingError('the move has disappeared from the server');
  return record;
}

/** What is said of names: by this command or, where it says nothing, by the one that began the move. */
async function mappingOf({ mapping }: MoveOptions, { ledger }: PostgresTarget): Promise<TransferMapping> {
  const { decisions, ...names } = mapping;
  if (Object.keys(names).length > 0) return mapping;
  return { ...(await ledger.findRun())?.plan.mapping, ...(decisions && { decisions }) };
}

/** @throws TransferError `wrong-state` where a file and PostgreSQL do not belong to the same move */
export function refuseOtherMove(
  file: string,
  found: Pick<FileRecord, 'move' | 'state'> | undefined,
  record: MoveRecord | undefined,
): void {
  if (record === undefined) return;
  if (found === undefined || found.state === 'released') {
    refuseStranger(file, record);
    return;
  }
  if (record.id === found.move) {
    refuseCopy(file, record);
    return;
  }
  if (record.state === 'failed-back') throw unknownMove(file, found.state);
  throw new TransferError(
    'wrong-state',
    `${file} takes part in another move than the one into this database.`,
    { next: { step: 'check-both' } },
  );
}

/** What becomes of a move beside a file that takes no part in it. */
const GOES_ON: Partial<Record<MoveRecord['state'], string>> = {
  reserved: 'goes on',
  moving: 'goes on',
  aborting: 'goes on',
  serving: 'was handed over',
};

/**
 * A file that says nothing of a move, while that of another one is under way. (One in the same place may be what that one
 * was replaced by.)
 */
function refuseStranger(file: string, record: MoveRecord): void {
  const { state, identity, returnInode, sourceName, sourcePath } = record;
  const goesOn = GOES_ON[state];
  if (goesOn === undefined || identity === undefined) return;
  const isInPlace =
    sourcePath === undefined ? basename(file) === sourceName : realpathSync(file) === sourcePath;
  if (isInPlace || [identity.inode, returnInode].includes(inodeOf(file))) {
    if (state === 'serving') throw bothTakeWrites(file);
    return;
  }
  throw new TransferError(
    'wrong-state',
    `${file} takes no part in the move into this database, which is that of ${sourcePath ?? `a file named ${sourceName}`}, and ${goesOn}.`,
    { next: { step: 'name-moved-file' } },
  );
}

/** A copy says of the move what the file said when it was copied, and what is written into the file is not in it. */
function refuseCopy(file: string, { state, identity, sourcePath }: MoveRecord): void {
  if (GOES_ON[state] !== 'goes on' || identity === undefined || sourcePath === undefined) return;
  if (inodeOf(file) === identity.inode || !existsSync(sourcePath)) return;
  if (inodeOf(sourcePath) !== identity.inode) return;
  throw new TransferError(
    'wrong-state',
    `${file} is a copy of ${sourcePath}, whose move into this database goes on.`,
    { next: { step: 'name-moved-file' } },
  );
}

/** Names that stand for tables of others: `table`, `schema.table`, `schema.*`. */
class OtherNames {
  /** Of tables in the schema that is moved, without it. */
  readonly ofSchema: readonly string[];
  readonly #names: ReadonlySet<string>;

  constructor(schema: string, names: readonly string[]) {
    const prefix = `${schema}.`;
    this.ofSchema = names.map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
    this.#names = new Set(names);
  }

  /** @param name of a table in another schema, with it */
  hold(name: string): boolean {
    return this.#names.has(name) || this.#names.has(`${name.slice(0, name.indexOf('.'))}.*`);
  }
}
