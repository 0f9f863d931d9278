import { tableExists } from '@vatevo/connection';
import type { Client } from 'pg';
import { SCHEMA } from './sessions.ts';
import type { ForeignKey } from './tables.ts';

/*
 * Foreign keys between tables that are distributed one after the other are taken away until all of them are. Which those
 * are is kept in the database, so that whoever comes next can restore them.
 */

const MAKE = `CREATE TABLE IF NOT EXISTS ${SCHEMA}.keys_aside
  ("table" text NOT NULL, name text NOT NULL, definition text NOT NULL, PRIMARY KEY ("table", name))`;

/** Drops keys and enters them. Call it in a transaction. */
export async function setKeysAside(client: Client, keys: readonly ForeignKey[]): Promise<void> {
  await client.query(MAKE);
  for (const { table, name, definition } of keys) {
    await client.query(`INSERT INTO ${SCHEMA}.keys_aside VALUES ($1, $2, $3)`, [table, name, definition]);
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  }
}

/** Keys that are to be restored; undefined where no run that has set any aside is without its end. */
export async function findKeysAside(client: Client): Promise<ForeignKey[] | undefined> {
  if (!(await tableExists(client, `${SCHEMA}.keys_aside`))) return undefined;
  return (await client.query<ForeignKey>(`SELECT * FROM ${SCHEMA}.keys_aside ORDER BY "table", name`)).rows;
}

/** Enters that the run has come to its end. */
export async function forgetKeysAside(client: Client): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${SCHEMA}.keys_aside`);
}
