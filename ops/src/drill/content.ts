import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import pg from 'pg';
import { type Effect, type Table, TOKEN_COLUMN } from './writer/operations.ts';

/** Every row's token, by table and id. */
export type Content = ReadonlyMap<string, string>;

const QUERIES: readonly (readonly [table: string, sql: string])[] = (
  Object.keys(TOKEN_COLUMN) as Table[]
).map((table) => [table, `SELECT id, ${TOKEN_COLUMN[table]} AS token FROM ${table}`]);
/** What the next release has beside. */
const NEXT_QUERIES: typeof QUERIES = [
  ['drill_notes', 'SELECT id, note AS token FROM drill_notes'],
  ['invoices.channel', 'SELECT id, channel AS token FROM invoices WHERE channel IS NOT NULL'],
];
const queriesFor = (isNext: boolean) => (isNext ? [...QUERIES, ...NEXT_QUERIES] : QUERIES);

/** @param isNext whether the database is at the next release */
export function contentOfFile(file: string, isNext = false): Content {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return new Map(
      queriesFor(isNext).flatMap(([table, sql]) =>
        (db.prepare(sql).raw().all() as [number, string][]).map(
          ([id, token]) => [`${table} ${id}`, token] as const,
        ),
      ),
    );
  } finally {
    db.close();
  }
}

export async function contentOfServer(connectionString: string, isNext = false): Promise<Content> {
  const client = new pg.Client({ connectionString, ssl: false });
  await client.connect();
  try {
    const content = new Map<string, string>();
    for (const [table, sql] of queriesFor(isNext)) {
      const { rows } = await client.query<{ id: number; token: string }>(sql);
      for (const { id, token } of rows) content.set(`${table} ${id}`, token);
    }
    return content;
  } finally {
    await client.end();
  }
}

/** What must be there: what was there in the beginning, and every write that the journals say was acknowledged. */
export function expectedContent(before: Content, journals: readonly string[]): Content {
  const content = new Map(before);
  for (const [table, id, token] of journals.flatMap(readJournal).sort(byTurn)) {
    if (token === null) content.delete(`${table} ${id}`);
    else content.set(`${table} ${id}`, token);
    // A column goes with its row.
    if (table === 'invoices' && token === null) content.delete(`invoices.channel ${id}`);
  }
  return content;
}

const byTurn = ([, , , a = 0]: Effect, [, , , b = 0]: Effect) => a - b;

function readJournal(file: string): Effect[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Effect);
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
