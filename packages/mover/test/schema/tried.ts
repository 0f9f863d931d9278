import { execFileSync } from 'node:child_process';
import { quoteName } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import type pg from 'pg';
import type { DesignedSchema } from '../../src/schema/design-schema.ts';

/** Runs what `schema` prints as its users do. */
export function runWithPsql(url: string, sql: string): void {
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-', url], {
    input: sql,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/**
 * How many values differ, told by SQL alone: every row of the file as SQLite prints it is read by PostgreSQL as its column's
 * type, and must be a row of the table, as often as it is there.
 */
export async function differences(
  file: string,
  client: pg.ClientBase,
  { design }: DesignedSchema,
): Promise<string[]> {
  const db = new Database(file, { readonly: true });
  const found: string[] = [];
  await client.query(`SET TIME ZONE 'UTC'`);
  for (const table of design.tables) {
    const names = table.columns.map(({ source }) => quoteName(source));
    const rows = db
      .prepare(`SELECT ${names.join(', ')} FROM ${quoteName(table.source)}`)
      .raw()
      .safeIntegers()
      .all() as unknown[][];
    const types = table.columns.map(({ type: { sql } }) => sql);
    const texts = table.columns.map((_, i) => rows.map((row) => asText(row[i])));
    const comparable = (value: string, i: number) => (types[i] === 'json' ? `${value}::text` : value);
    const expected = types.map((type, i) => comparable(`c${i}::${type}`, i));
    const actual = table.columns.map(({ name }, i) => comparable(quoteName(name), i));
    const params = types.map((_, i) => `$${i + 1}::text[]`);
    const given = `SELECT ${expected.join(', ')} FROM unnest(${params.join(', ')}) AS r (${types.map((_, i) => `c${i}`).join(', ')})`;
    const held = `SELECT ${actual.join(', ')} FROM ${quoteName(design.schema)}.${quoteName(table.name)}`;
    for (const sql of [`${given} EXCEPT ALL ${held}`, `${held} EXCEPT ALL ${given}`]) {
      const { rowCount } = await client.query(sql, texts);
      if (rowCount !== 0) found.push(`${table.name}: ${rowCount} rows`);
    }
  }
  db.close();
  return found;
}

function asText(value: unknown): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  // As Go writes it, which PostgreSQL does not read.
  return `${value}`.replace(/([+-]0000) UTC$/, '$1');
}
