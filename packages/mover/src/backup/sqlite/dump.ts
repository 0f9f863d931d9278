import { quoteName, quoteText, readStoredTables, type SqliteTable } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';
import { readSettings } from './content.ts';
import { literal } from './literal.ts';
import { readRows, storedColumns } from './rows.ts';

interface SchemaEntry {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
  /** 0 for what holds no rows of its own. */
  readonly root: bigint;
}

const SEQUENCES = 'sqlite_sequence';

/**
 * A database as SQL that makes an equal one of an empty one; for a connection with safe integers.
 *
 * Rows come before indexes and triggers: quicker, and nothing fires. What a virtual table keeps lies in tables
 * of its own, which are filled like all others; the virtual table itself is only entered in the schema, as
 * its module would make those tables anew.
 *
 * @returns pieces that end with a statement
 */
export function* dumpDatabase(db: Database): IterableIterator<string> {
  const settings = readSettings(db);
  const entries = readSchema(db);
  const tables = readStoredTables(db);
  const sqlOf = new Map(entries.filter(({ type }) => type === 'table').map(({ name, sql }) => [name, sql]));

  yield '-- A whole SQLite database. To load it: sqlite3 -bail NEW.db < database.sql\n';
  yield `PRAGMA encoding = '${settings.encoding}';\n`;
  yield `PRAGMA page_size = ${settings.page_size};\nPRAGMA auto_vacuum = ${settings.auto_vacuum};\n`;
  // The old rows are taken as they are, whatever the declarations say.
  yield 'PRAGMA foreign_keys = OFF;\nPRAGMA ignore_check_constraints = ON;\nBEGIN;\n';

  if (tables.some(({ name }) => name === SEQUENCES)) yield makeSequences(sqlOf);
  const ordinary = tables.filter(({ name }) => name !== SEQUENCES);
  for (const { name } of ordinary) yield `${sqlOf.get(name)};\n`;
  for (const table of ordinary) yield* insertRows(db, table, settings.encoding as string);
  for (const table of tables.filter(({ name }) => name === SEQUENCES)) {
    yield `DELETE FROM ${SEQUENCES};\n`;
    yield* insertRows(db, table, settings.encoding as string);
  }
  for (const { type, sql } of entries) if (type !== 'table') yield `${sql};\n`;
  yield* enterInSchema(entries);

  yield `PRAGMA user_version = ${settings.user_version};\n`;
  yield `PRAGMA application_id = ${settings.application_id};\nCOMMIT;\n`;
  if (hasStatistics(db)) yield 'ANALYZE;\n';
  if (settings.journal_mode === 'wal') yield 'PRAGMA journal_mode = WAL;\n';
}

function readSchema(db: Database): SchemaEntry[] {
  return db
    .prepare(
      `SELECT type, name, tbl_name AS "table", sql, rootpage AS root FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY rowid`,
    )
    .all() as SchemaEntry[];
}

function hasStatistics(db: Database): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'`).get() !== undefined;
}

/** SQLite makes the table of sequences by itself, with the first table that needs it, and never drops it. */
function makeSequences(taken: ReadonlyMap<string, string>): string {
  let name = 'first';
  while (taken.has(name)) name += '_';
  return `CREATE TABLE ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT);\nDROP TABLE ${name};\n`;
}

function* insertRows(db: Database, table: SqliteTable, encoding: string): IterableIterator<string> {
  const columns = storedColumns(table).map(quoteName).join(', ');
  const head = `INSERT INTO ${quoteName(table.name)} (${columns}) VALUES (`;
  for (const row of readRows(db, table)) {
    yield `${head}${row.map((cell) => literal(cell, encoding)).join(', ')});\n`;
  }
}

/** What no CREATE statement can make as it was: virtual tables, and text with returns, which are dropped on the way. */
function* enterInSchema(entries: readonly SchemaEntry[]): IterableIterator<string> {
  const virtual = entries.filter(({ type, root }) => type === 'table' && Number(root) === 0);
  const returned = entries.filter((entry) => entry.sql.includes('\r') && !virtual.includes(entry));
  if (virtual.length + returned.length === 0) return;
  yield 'PRAGMA writable_schema = ON;\n';
  for (const { name, table, sql } of virtual) {
    yield `INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', ${quoteText(name)}, ${quoteText(table)}, 0, ${text(sql)});\n`;
  }
  for (const { type, name, sql } of returned) {
    yield `UPDATE sqlite_schema SET sql = ${text(sql)} WHERE type = '${type}' AND name = ${quoteText(name)};\n`;
  }
  yield 'PRAGMA writable_schema = OFF;\n';
}

function text(sql: string): string {
  if (!sql.includes('\r')) return quoteText(sql);
  return sql.split('\r').map(quoteText).join(' || char(13) || ');
}
