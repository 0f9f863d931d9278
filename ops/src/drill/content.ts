import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import pg from 'pg';
import { type Effect, type Table, TOKEN_COLUMN } from './writer/operations.ts';

/** Every row's token, by table and id. */
export type Content = ReadonlyMap<string, string>;

const TABLES = Object.keys(TOKEN_COLUMN) as Table[];

export function contentOfFile(file: string): Content {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return new Map(
      TABLES.flatMap((table) =>
        (db.prepare(`SELECT id, ${TOKEN_COLUMN[table]} FROM ${table}`).raw().all() as [number, string][]).map(
          ([id, token]) => [`${table} ${id}`, token] as const,
        ),
      ),
    );
  } finally {
    db.close();
  }
}

export async function contentOfServer(connectionString: string): Promise<Content> {
  const client = new pg.Client({ connectionString, ssl: false });
  await client.connect();
  try {
    const content = new Map<string, string>();
    for (const table of TABLES) {
      const { rows } = await client.query<{ id: number; token: string }>(
        `SELECT id, ${TOKEN_COLUMN[table]} AS token FROM ${table}`,
      );
      for (const { id, token } of rows) content.set(`${table} ${id}`, token);
    }
    return content;
  } finally {
    await client.end();
  }
}

/** What must be there: what was there in the beginning, and every write that the journal says was acknowledged. */
export function expectedContent(before: Content, journal: string): Content {
  const content = new Map(before);
  for (const line of readFileSync(journal, 'utf8').split('\n')) {
    if (line === '') continue;
    const [table, id, token] = JSON.parse(line) as Effect;
    if (token === null) content.delete(`${table} ${id}`);
    else content.set(`${table} ${id}`, token);
  }
  return content;
}

export interface Discrepancies {
  /** Acknowledged writes that are not there. */
  readonly lost: readonly string[];
  /** Rows or values that nobody was told of. */
  readonly invented: readonly string[];
}

export function compare(expected: Content, found: Content): Discrepancies {
  const lost: string[] = [];
  const invented: string[] = [];
  for (const [row, token] of expected) {
    if (found.get(row) !== token) lost.push(`${row} = ${token}`);
  }
  for (const [row, token] of found) {
    if (expected.get(row) !== token) invented.push(`${row} = ${token}`);
  }
  return { lost, invented };
}
