import type { DbClient } from '../../../src/index.ts';

const TABLES = ['tenants', 'invoices', 'webhook_events', 'idempotency_keys'];
const MESSAGE = 'vatevo_cutover_fence: this database takes no more writes';

/** Puts the record and the fence of a cutover into a database as @vatevo/cutover does. */
export async function fence(db: DbClient, kind: string): Promise<void> {
  const statements = kind === 'postgres' ? inServer() : inFile();
  for (const statement of statements) await db.$executeRawUnsafe(statement);
}

function inFile(): string[] {
  return [
    'CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY CHECK (id = 1), move TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, applied TEXT)',
    `INSERT INTO vatevo_cutover VALUES (1, 'm1', 'fenced', 'o', NULL)`,
    ...TABLES.flatMap((table) =>
      ['INSERT', 'UPDATE', 'DELETE'].map(
        (event) =>
          `CREATE TRIGGER vatevo_cutover_fence_${event}_${table} BEFORE ${event} ON ${table}
           WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, '${MESSAGE}'); END`,
      ),
    ),
  ];
}

function inServer(): string[] {
  return [
    'CREATE SCHEMA vatevo_cutover',
    'CREATE TABLE vatevo_cutover.move (number bigint GENERATED ALWAYS AS IDENTITY, id text, state text, source_name text, return_inode text)',
    `INSERT INTO vatevo_cutover.move (id, state, source_name) VALUES ('m0', 'returned', 'a.db'), ('m1', 'fenced', 'a.db')`,
    'GRANT USAGE ON SCHEMA vatevo_cutover TO PUBLIC',
    'GRANT SELECT ON vatevo_cutover.move TO PUBLIC',
    `CREATE FUNCTION vatevo_cutover.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION '${MESSAGE}' USING ERRCODE = 'read_only_sql_transaction'; END $$`,
    ...TABLES.map(
      (table) =>
        `CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR UPDATE OR DELETE ON ${table}
         FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_write()`,
    ),
  ];
}
