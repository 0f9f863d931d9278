import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { readStoredTables } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';
import { compareTables } from '../compare-tables.ts';
import type { SqliteManifest, TableEntry } from '../manifest.ts';
import { readRows } from './rows.ts';
import { TableDigest } from './table-digest.ts';

/** What makes two SQLite databases equal. */
export type Content = Pick<SqliteManifest, 'schema' | 'settings' | 'tables'>;

/** Rows after which a signal gets a chance. */
const ROWS_A_BREATH = 2_000;

/** Settings that live in the file. */
const SETTINGS = [
  'encoding',
  'page_size',
  'auto_vacuum',
  'journal_mode',
  'user_version',
  'application_id',
] as const;

/** Reads all of a database; for a connection with safe integers. */
export async function readContent(db: Database, signal: AbortSignal): Promise<Content> {
  const tables: TableEntry[] = [];
  for (const table of readStoredTables(db)) {
    const digest = new TableDigest();
    for (const row of readRows(db, table)) {
      digest.add(row);
      if (digest.rows % ROWS_A_BREATH === 0) {
        await breathe();
        signal.throwIfAborted();
      }
    }
    tables.push({ name: table.name, rows: digest.rows, digest: digest.hex() });
  }
  return { schema: schemaDigest(db), settings: readSettings(db), tables };
}

/** In what two databases differ, in words; nothing when they are equal. */
export function compareContent(expected: Content, found: Content): string[] {
  const settings = Object.entries(expected.settings)
    .filter(([name, value]) => found.settings[name] !== value)
    .map(([name, value]) => `${name} is ${found.settings[name]} and should be ${value}`);
  const schema = expected.schema === found.schema ? [] : ['the schema differs'];
  return [...settings, ...schema, ...compareTables(expected.tables, found.tables)];
}

export function readSettings(db: Database): Record<string, string | number> {
  return Object.fromEntries(
    SETTINGS.map((name) => {
      const value = db.pragma(name, { simple: true }) as string | bigint | number;
      return [name, typeof value === 'string' ? value : Number(value)];
    }),
  );
}

/** The place of an entry in the file does not count, nor do statistics, which anybody may gather again. */
function schemaDigest(db: Database): string {
  const entries = db
    .prepare(
      `SELECT type, hex(name), hex(tbl_name), hex(CAST(sql AS BLOB)) FROM sqlite_schema
       WHERE tbl_name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY type, name`,
    )
    .raw()
    .all();
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
