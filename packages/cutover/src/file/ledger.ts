import {
  canTransition,
  type FileState,
  type FileTransitionName,
  Proof,
  readFileRecord,
  type ServerState,
  STORED_IN_FILE,
  TRANSITIONS,
} from '@vatevo/cutover-state';
import { codeOf, TransferError } from '@vatevo/transfer';
import type { LogPlace } from '@vatevo/transfer/pipeline';
import { quoteName, type TransferPlan } from '@vatevo/transfer/plan';
import {
  beginRead,
  beginWrite,
  CHANGE_LOG,
  endOfLog,
  holdsPlace,
  keyColumn,
  MARK_COLUMN,
  retryWhileBusy,
  withoutBusyHandler,
} from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { known } from '../known.ts';
import { holdsLeftovers } from './leftovers.ts';
import { PREFIX, RECORD } from './names.ts';
import { FILE_WAIT, notWritable, openForWriting } from './open.ts';
import { type CapturedTable, capturedTables, compileWrites } from './tables.ts';
import { refuseTakenNames } from './taken-names.ts';
import { triggersFor } from './triggers.ts';

/** What the file says of the move that it takes part in. */
export interface FileRecord {
  readonly move: string;
  readonly state: FileState;
  /** The process that last began to work on it. */
  readonly owner: string;
  /** What the server's log had been applied of, as the server's own snapshot; only in a file at failback. */
  readonly applied: string | null;
}

/** Milliseconds between attempts to empty the write-ahead log. */
const CHECKPOINT_PAUSE = 50;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Lines of the change log that are removed in one transaction, so that no writer waits for long. */
const LINES_AT_ONCE = 5_000;

/**
 * The SQLite file's half of a move. Every change of its state is one transaction that looks at the record
 * first, so two processes cannot both make it, and one that lost the lock cannot make it at all.
 */
export class FileLedger {
  readonly file: string;
  readonly #db: Database;
  readonly #owner: string;
  readonly #proof: Proof;
  readonly #waitMs: number;

  /** @param owner names this process; a record that it adopts is nobody else's to change any more */
  constructor(file: string, owner: string, proof = new Proof(), waitMs = FILE_WAIT) {
    this.file = file;
    this.#waitMs = waitMs;
    this.#db = openForWriting(file);
    this.#owner = owner;
    this.#proof = proof;
  }

  close(): void {
    this.#db.close();
  }

  state(): FileState {
    return this.read()?.state ?? 'released';
  }

  read(): FileRecord | undefined {
    return this.reading(readRecord);
  }

  /** Reads from one state of the file. */
  reading<Result>(work: (db: Database) => Result): Result {
    if (this.#db.inTransaction) return work(this.#db);
    beginRead(this.#db, this.#waitMs);
    try {
      return work(this.#db);
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  count(table: string): number {
    return this.reading((db) =>
      Number(
        db
          .prepare(`SELECT count(*) FROM ${quoteName(table)}`)
          .pluck()
          .get(),
      ),
    );
  }

  /** The last place in the change log. */
  logEnd(): LogPlace {
    return this.reading(endOfLog);
  }

  /** Whether the file has come from the state whose log ended at this place. */
  holds(place: LogPlace): boolean {
    return this.reading((db) => holdsPlace(db, place));
  }

  /** Makes this process the only one that may change the record. @param check throws where it must not be */
  adopt(check: (found: FileRecord | undefined) => void): FileRecord | undefined {
    return this.#write(() => {
      const record = this.read();
      check(record);
      if (record) this.#db.prepare(`UPDATE ${RECORD} SET owner = ?`).run(this.#owner);
      return record;
    });
  }

  /** From `released` to `capturing`. */
  capture(move: string, plan: TransferPlan, server: ServerState): void {
    this.removeRest();
    this.#write(() => {
      this.#check('capture', server);
      refuseTakenNames(this.file, this.#db);
      putRecord(this.#db, { move, state: 'capturing', owner: this.#owner, applied: null }, plan);
    });
  }

  /** A transition that only changes the record's state. @param check throws where it must not be, and nobody noticed */
  transition(
    name: Extract<FileTransitionName, 'fence' | 'unfence' | 'noteHandOver' | 'takeBack'>,
    server: ServerState,
    check: () => void = () => undefined,
  ): void {
    this.#write(() => {
      this.#check(name, server);
      check();
      this.#db.prepare(`UPDATE ${RECORD} SET state = ?`).run(STORED_IN_FILE[TRANSITIONS[name].to]);
    });
  }

  /**
   * To `released`: without our triggers the file takes writes as it did before. What else is of ours {@link removeRest}
   * takes out, which may take its time.
   */
  release(name: Extract<FileTransitionName, 'release' | 'failBack'>, server: ServerState): void {
    this.#release(() => this.#check(name, server));
  }

  /**
   * To `released` although nobody can ask the server, because it is lost: what it held of the move is lost with it.
   *
   * @param handOverIsLost whether what was written since the server had taken over is lost, too
   * @throws TransferError `wrong-state` when the server had taken over
   */
  abandon(handOverIsLost: boolean): void {
    this.#release(() => {
      if (this.state() !== 'handed-over' || handOverIsLost) return;
      throw new TransferError(
        'wrong-state',
        `PostgreSQL had taken over from ${this.file}, which lacks every write since.`,
        { next: { step: 'recover-or-abandon' } },
      );
    });
    this.removeRest();
  }

  #release(check: () => void): void {
    this.#write(() => {
      check();
      if (this.read() === undefined) return;
      dropTriggers(this.#db);
      this.#db.prepare(`UPDATE ${RECORD} SET state = ?`).run(STORED_IN_FILE.released);
    });
  }

  /** Takes the log out of a file that is `released`, some lines at a time, then the tables, and with them the record. */
  removeRest(): void {
    if (this.read()?.state !== 'released') return;
    const lines = this.#db.prepare(
      `DELETE FROM ${CHANGE_LOG} WHERE seq IN (SELECT seq FROM ${CHANGE_LOG} LIMIT ${LINES_AT_ONCE})`,
    );
    while (this.#write(() => lines.run()).changes > 0);
    this.#write(() => this.#db.exec(`DROP TABLE ${CHANGE_LOG}; DROP TABLE ${RECORD}`));
    // In a write-ahead log's mode the names would stay in the log until it is written over, as they do beside a long reader.
    this.#emptyLog();
    // What is deleted is overwritten; but whoever ran VACUUM during the move has spread bytes of ours elsewhere.
    if (holdsLeftovers(this.file)) this.#vacuum();
  }

  /**
   * Rows that come back from the server; inside, the file takes the writes of this transaction. Triggers of the
   * application have done their work there already: they are out of the way, and back when it ends.
   *
   * @param work returns the snapshot that the file stands at now; null when it stays where it was
   */
  write(work: (db: Database) => string | null): void {
    this.#write(() => {
      const record = this.#own();
      if (record.state !== 'handed-over') throw lost(this.file);
      // Nobody else sees this state: it lasts no longer than the transaction.
      this.#db.prepare(`UPDATE ${RECORD} SET state = 'writing'`).run();
      const triggers = this.#triggersOfOthers();
      for (const { name } of triggers) this.#db.exec(`DROP TRIGGER ${quoteName(name)}`);
      const applied = this.#readingMeanwhile(work) ?? record.applied;
      for (const { sql } of triggers) this.#db.exec(sql);
      this.#db
        .prepare(`UPDATE ${RECORD} SET state = ?, applied = ?`)
        .run(STORED_IN_FILE['handed-over'], applied);
    });
  }

  /** While it writes one table, work may read another, which the driver would not let it. */
  #readingMeanwhile<Result>(work: (db: Database) => Result): Result {
    this.#db.unsafeMode(true);
    try {
      return work(this.#db);
    } finally {
      this.#db.unsafeMode(false);
    }
  }

  /** Works with temporary tables of this connection: the file is neither locked nor written. */
  temporary(work: (db: Database) => void): void {
    this.#db.exec('BEGIN');
    try {
      work(this.#db);
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw noRoom(this.file, error);
    }
  }

  /** SQLite would wait for readers with the writers locked out. */
  #emptyLog(): void {
    const until = performance.now() + this.#waitMs;
    const isBusy = () =>
      withoutBusyHandler(
        this.#db,
        () => this.#db.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: bigint }],
      )[0].busy !== 0n;
    while (isBusy() && performance.now() < until) Atomics.wait(sleeper, 0, 0, CHECKPOINT_PAUSE);
  }

  #vacuum(): void {
    try {
      withoutBusyHandler(this.#db, () => retryWhileBusy(() => this.#db.exec('VACUUM'), this.#waitMs));
    } catch (error) {
      throw notWritable(this.file, error);
    }
  }

  /** In the order in which they were made, which is the one that they are fired in. */
  #triggersOfOthers(): { name: string; sql: string }[] {
    return this.#db
      .prepare(
        `SELECT t.name, t.sql FROM sqlite_schema t JOIN sqlite_schema o ON o.type = 'table' AND o.name = t.tbl_name
         WHERE t.type = 'trigger' AND substr(t.name, 1, ${PREFIX.length + 1}) <> '${PREFIX}_' ORDER BY t.rowid`,
      )
      .all() as { name: string; sql: string }[];
  }

  #own(): FileRecord {
    const record = this.read();
    if (record === undefined || record.owner !== this.#owner) throw lost(this.file);
    return record;
  }

  #check(name: FileTransitionName, server: ServerState): void {
    const state = this.state();
    if (state !== 'released') this.#own();
    if (canTransition(name, { file: state, server, proven: this.#proof.holds })) {
      this.#proof.spend();
      return;
    }
    throw new TransferError(
      'wrong-state',
      `${this.file} is ${state} and PostgreSQL is ${server}, from where "${name}" is no step.`,
      { next: { step: 'status' } },
    );
  }

  #write<Result>(work: () => Result): Result {
    try {
      beginWrite(this.#db, this.#waitMs);
      try {
        const result = work();
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw notWritable(this.file, error);
    }
  }
}

/** Makes record, log and triggers, in the open transaction. */
export function putRecord(db: Database, record: FileRecord, plan: TransferPlan): void {
  const tables = capturedTables(db, plan);
  const most = Math.max(1, ...tables.map(({ key }) => key.length));
  const keys = Array.from({ length: most }, (_, i) => keyColumn(i)).join(', ');
  db.exec(`
    CREATE TABLE ${RECORD} (id INTEGER PRIMARY KEY CHECK (id = 1), move TEXT NOT NULL, state TEXT NOT NULL,
      owner TEXT NOT NULL, applied TEXT);
    CREATE TABLE ${CHANGE_LOG} (seq INTEGER PRIMARY KEY, ${MARK_COLUMN}, tbl TEXT NOT NULL, ${keys});
  `);
  putTriggers(db, tables);
  db.prepare(`INSERT INTO ${RECORD} (id, move, state, owner, applied) VALUES (1, ?, ?, ?, ?)`).run(
    record.move,
    STORED_IN_FILE[record.state],
    record.owner,
    record.applied,
  );
}

function putTriggers(db: Database, tables: readonly CapturedTable[]): void {
  for (const table of tables) for (const trigger of triggersFor(table)) db.exec(trigger);
  for (const table of tables) compileWrites(db, table);
}

/** Takes every trigger of ours out, in the open transaction. */
export function dropTriggers(db: Database): void {
  const names = db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ${PREFIX.length + 1}) = '${PREFIX}_'`,
    )
    .pluck()
    .all() as string[];
  for (const name of names) db.exec(`DROP TRIGGER ${quoteName(name)}`);
}

/** Makes the triggers by which a file at failback refuses writes, on all of its tables. */
export function putFence(db: Database): void {
  putTriggers(db, capturedTables(db, { schema: '', tables: [], leftBehind: [] }));
}

/** Gives the change log a column for each column of the longest key. */
export function widenLog(db: Database, columns: number): void {
  const known = db.prepare(`SELECT name FROM pragma_table_info('${CHANGE_LOG}')`).pluck().all() as string[];
  for (let i = 0; i < columns; i++) {
    if (!known.includes(keyColumn(i))) db.exec(`ALTER TABLE ${CHANGE_LOG} ADD COLUMN ${keyColumn(i)}`);
  }
}

/** The record in a file, if there is one. */
export function readRecord(db: Database): FileRecord | undefined {
  const found = readFileRecord(db);
  if (found === undefined) return undefined;
  const own = db.prepare(`SELECT owner, applied FROM ${RECORD}`).get() as Pick<
    FileRecord,
    'owner' | 'applied'
  >;
  return { move: found.move, state: known(db.name, found), ...own };
}

/** What temporary tables lack, as one sentence. */
function noRoom(file: string, error: unknown): unknown {
  if (!/^SQLITE_(FULL|IOERR|CANTOPEN)/.test(codeOf(error))) return error;
  return new TransferError(
    'no-room',
    `The temporary folder has no room for the rows that go back to ${file} (${(error as Error).message}); PostgreSQL goes on serving.`,
    { cause: error, next: { step: 'make-room' } },
  );
}

function lost(file: string): TransferError {
  return new TransferError('locked', `Another process has taken over the move of ${file} from this one.`, {
    next: { step: 'status' },
  });
}
