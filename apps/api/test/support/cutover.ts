import { STORED_IN_FILE, STORED_IN_SERVER } from '@vatevo/cutover-state';
import type { DbClient } from '@vatevo/db';
import Database from 'better-sqlite3';

const MESSAGE = 'vatevo_cutover_fence: this database takes no more writes';
const TABLES = ['invoices', 'webhook_events'];

/**
 * The record of a cutover in a database, made as @vatevo/cutover makes it, for the states that one has to come
 * upon; while it says that it is fenced or handed over, writes to invoices and events are refused.
 */
export interface CutoverRecordStand {
  /** @param state as it is stored, where it is not one of ours */
  set(state: string, returnFile?: string): Promise<void>;
  /** As if there had never been one. */
  remove(): Promise<void>;
}

export function cutoverRecord(db: DbClient, move = 'm1'): CutoverRecordStand {
  const [, path] = /^SQLite file (.*)$/.exec(db.describeConnection()) ?? [];
  const isFile = path !== undefined;
  const run = async (...statements: string[]) => {
    if (!isFile) for (const statement of statements) await db.$executeRawUnsafe(statement);
    // Past the client, which opens the file anew after such statements, and refuses it in a state that it does not know.
    else new Database(path, { timeout: 10_000 }).exec(statements.join(';')).close();
  };
  const stand = isFile ? inFile(move) : inServer(move);
  return {
    async set(state, returnFile) {
      await this.remove();
      const stored = Reflect.get(isFile ? STORED_IN_FILE : STORED_IN_SERVER, state) ?? state;
      await run(...stand.create, stand.insert(stored, returnFile));
      if (['fenced', 'handed-over'].includes(state)) await run(...stand.fence);
    },
    remove: () => run(...stand.remove),
  };
}

function inFile(move: string) {
  const triggers = TABLES.flatMap((table) =>
    ['INSERT', 'UPDATE', 'DELETE'].map((event) => ({
      table,
      event,
      name: `vatevo_cutover_${event}_${table}`,
    })),
  );
  return {
    create: [
      'CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY CHECK (id = 1), move TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, applied TEXT)',
    ],
    insert: (state: string) => `INSERT INTO vatevo_cutover VALUES (1, '${move}', '${state}', 'o', NULL)`,
    fence: triggers.map(
      ({ table, event, name }) =>
        `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} BEGIN SELECT RAISE(ABORT, '${MESSAGE}'); END`,
    ),
    remove: [
      ...triggers.map(({ name }) => `DROP TRIGGER IF EXISTS ${name}`),
      'DROP TABLE IF EXISTS vatevo_cutover',
    ],
  };
}

function inServer(move: string) {
  return {
    create: [
      'CREATE SCHEMA vatevo_cutover',
      'CREATE TABLE vatevo_cutover.move (number bigint GENERATED ALWAYS AS IDENTITY, id text, state text, source_name text, return_inode text)',
      'GRANT USAGE ON SCHEMA vatevo_cutover TO PUBLIC',
      'GRANT SELECT ON vatevo_cutover.move TO PUBLIC',
    ],
    insert: (state: string, returnFile?: string) =>
      `INSERT INTO vatevo_cutover.move (id, state, source_name, return_inode) VALUES ('${move}', '${state}', 'a.db', ${returnFile ? `'${returnFile}'` : 'NULL'})`,
    fence: [
      `CREATE FUNCTION vatevo_cutover.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION '${MESSAGE}' USING ERRCODE = 'read_only_sql_transaction'; END $$`,
      ...TABLES.map(
        (table) =>
          `CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR UPDATE OR DELETE ON ${table}
           FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_write()`,
      ),
    ],
    remove: ['DROP SCHEMA IF EXISTS vatevo_cutover CASCADE'],
  };
}
