import { isSqlState } from '@vatevo/connection';
import type { Client } from 'pg';
import { LOCK_TIMEOUT, SESSION } from './connection.ts';
import { listTables } from './content.ts';

/** Tables that are made and dropped all the time are not waited for. */
const MAX_TRIES = 10;

/**
 * Begins the transaction that all is read in, with every table kept from being altered or dropped.
 *
 * The locks come before the snapshot, which begins with the first query: a table that was truncated in between
 * would look empty in a snapshot that is older.
 *
 * @returns the snapshot's name, for other connections
 */
export async function openSnapshot(client: Client): Promise<string> {
  let known: readonly string[] = [];
  for (let attempt = 1; ; attempt++) {
    const settings = [...SESSION, `lock_timeout = ${LOCK_TIMEOUT}`];
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(settings.map((setting) => `SET LOCAL ${setting}`).join('; '));
    const found = (await lock(client, known)) ? await listTables(client) : undefined;
    if (found?.join() === known.join()) return exportSnapshot(client);
    if (attempt === MAX_TRIES) {
      throw new Error('The tables of the database are not the same from one moment to the next.');
    }
    await client.query('ROLLBACK');
    known = found ?? [];
  }
}

/** @returns false when one of the tables is gone */
async function lock(client: Client, tables: readonly string[]): Promise<boolean> {
  if (tables.length === 0) return true;
  try {
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE`);
    return true;
  } catch (error) {
    // Dropped since it was listed.
    if (isSqlState(error, 'undefined_table')) return false;
    throw error;
  }
}

async function exportSnapshot(client: Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  return (rows[0] as { snapshot: string }).snapshot;
}
