import Database from 'better-sqlite3';

/**
 * The part of the package `sqlite3` that Sequelize calls, by better-sqlite3: `sqlite3` is compiled anew at every clean
 * install, and makes no difference to what is stored. It is Sequelize that writes the SQL and its values.
 */
export const sqlite3 = { OPEN_READWRITE: 2, OPEN_CREATE: 4, Database: sqliteDatabase };

type Callback = (this: Statement, error: unknown, rows?: unknown[]) => void;

/** Sequelize looks for this name, and reads the fields. */
class Statement {
  constructor(
    readonly lastID: number,
    readonly changes: number,
  ) {}
}

function sqliteDatabase(filename: string, _mode: number, opened: (error: unknown) => void) {
  const db = new Database(filename);
  const run = (sql: string, ...rest: unknown[]) => {
    const callback = rest.findLast((each): each is Callback => typeof each === 'function');
    try {
      const { statement, rows } = execute(db, sql, rest[0]);
      callback?.call(statement, null, rows);
    } catch (error) {
      callback?.call(new Statement(0, 0), error);
    }
  };
  const connection = {
    filename,
    run,
    all: run,
    serialize: (work: () => unknown) => work(),
    close(closed?: (error: unknown) => void) {
      db.close();
      closed?.(null);
    },
  };
  queueMicrotask(() => opened(null));
  return connection;
}

function execute(db: Database.Database, sql: string, values: unknown) {
  const prepared = db.prepare(sql);
  const bound = bindable(values);
  if (prepared.reader) return { rows: prepared.all(...bound), statement: lastOf(db) };
  const { lastInsertRowid, changes } = prepared.run(...bound);
  return { rows: [], statement: new Statement(Number(lastInsertRowid), changes) };
}

/** What `INSERT … RETURNING` did. */
function lastOf(db: Database.Database): Statement {
  const last = db.prepare('SELECT last_insert_rowid() AS id, changes() AS changes').get();
  const { id, changes } = last as { id: number; changes: number };
  return new Statement(id, changes);
}

/** `{ $1: … }`, as `sqlite3` takes it: true is 1 there. */
function bindable(values: unknown): Record<string, unknown>[] {
  if (typeof values !== 'object' || values === null) return [];
  const named = Object.entries(values).map(([name, value]) => [
    name.replace('$', ''),
    typeof value === 'boolean' ? Number(value) : value,
  ]);
  return named.length > 0 ? [Object.fromEntries(named)] : [];
}
