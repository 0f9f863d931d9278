import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const cases = fileURLToPath(new URL('./cases', import.meta.url));

/** The folders of moves that somebody needed. */
export const caseNames: readonly string[] = readdirSync(cases).toSorted((a, b) =>
  a.localeCompare(b, 'en', { numeric: true }),
);

/** Makes the SQLite file of a case in a folder. @returns its path */
export async function makeSource(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.db`);
  const sql = readCase(name, 'sqlite.sql');
  if (sql === undefined) {
    const { make } = (await import(join(cases, name, 'make.ts'))) as { make: (file: string) => void };
    make(file);
    return file;
  }
  const db = new Database(file);
  // Some of them write the schema themselves.
  db.unsafeMode();
  db.exec(sql);
  db.close();
  return file;
}

export function readCase(name: string, file: string): string | undefined {
  const path = join(cases, name, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
