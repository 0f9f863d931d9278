import { chmodSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { foldName } from '@vatevo/sqlite-sql';
import Database from 'better-sqlite3';
import type { QuarantinedRow, StoredQuarantine, StoredValue } from '../../plan/rows.ts';
import { fromStored } from '../../plan/stored-value.ts';
import { quoteName } from '../../quote.ts';

/** The table that lists what lies in the file and why; with `_` behind it where the source has one of that name. */
const CONTENTS = 'vatevo_quarantine';

/**
 * Writes a run's quarantine as a SQLite database: a table for each table of the source that lost rows, with
 * the source's names and no types, so that every value keeps its storage class and bytes; and one that lists
 * the rows with their reasons. Only the user may read it, for the rows hold whatever secrets they held.
 *
 * @param rows table by table @param lost names of the source's tables that lost rows
 * @returns how many rows it holds; without any, no file is written
 */
export async function writeQuarantineFile(
  rows: AsyncGenerator<StoredQuarantine>,
  lost: ReadonlySet<string>,
  file: string,
): Promise<number> {
  const first = await rows.next();
  if (first.done) return 0;
  let written = 0;
  const unfinished = `${file}.part`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600));
  const db = new Database(unfinished);
  try {
    db.pragma('journal_mode = MEMORY');
    const contents = freeName(lost);
    db.exec(`BEGIN; CREATE TABLE ${contents} (table_name TEXT, row_key TEXT, row_id INTEGER, reasons TEXT)`);
    const list = db.prepare(`INSERT INTO ${contents} VALUES (?, ?, ?, ?)`);
    const tables = new Map<string, (values: readonly StoredValue[], rowid: bigint | undefined) => void>();
    for (let next: Awaited<ReturnType<typeof rows.next>> = first; !next.done; next = await rows.next()) {
      const { row, values } = next.value;
      const insert = tables.get(row.table) ?? makeTable(db, row, values);
      tables.set(row.table, insert);
      insert(values, row.rowid);
      written++;
      list.run(row.table, row.key, row.rowid ?? null, JSON.stringify(row.reasons));
    }
    db.exec('COMMIT');
  } finally {
    db.close();
  }
  // A file that was there before may have had another mode.
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
  return written;
}

function freeName(tables: ReadonlySet<string>): string {
  const taken = new Set([...tables].map((table) => foldName(table)));
  let name = CONTENTS;
  while (taken.has(name)) name += '_';
  return name;
}

function makeTable(
  db: Database.Database,
  { table, rowid }: QuarantinedRow,
  values: readonly StoredValue[],
): (values: readonly StoredValue[], rowid: bigint | undefined) => void {
  const columns = values.map(({ column }) => quoteName(column));
  db.exec(`CREATE TABLE ${quoteName(table)} (${columns.join(', ')})`);
  const taken = new Set(values.map(({ column }) => foldName(column)));
  const rowidName =
    rowid === undefined ? undefined : ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
  const names = rowidName === undefined ? columns : [rowidName, ...columns];
  return (stored, id) => {
    const places = stored.map(({ storageClass }) => (storageClass === 'text' ? 'CAST(? AS TEXT)' : '?'));
    const bound = stored.map(fromStored);
    db.prepare(
      `INSERT INTO ${quoteName(table)} (${names.join(', ')})
       VALUES (${[...(rowidName === undefined ? [] : ['?']), ...places].join(', ')})`,
    ).run(...(rowidName === undefined ? [] : [id]), ...bound);
  };
}
