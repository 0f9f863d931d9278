import { renameSync, rmSync } from 'node:fs';
import { inTransaction, prepare, type Session } from '@vatevo/transfer/engine';
import Database from 'better-sqlite3';
import type { Client } from 'pg';
import { putRecord } from '../file/ledger.ts';
import type { MoveRecord } from '../server/ledger.ts';
import type { ServedTable } from '../server/triggers.ts';
import { currentSnapshot } from './apply.ts';
import { insertRows, type ReturningTable, returningTables, storedRow } from './table.ts';

const ROWS = 2_000;
const CURSOR = 'vatevo_cutover_rows';

export interface BuildOptions {
  readonly session: Session;
  readonly client: Client;
  readonly record: MoveRecord;
  readonly served: readonly ServedTable[];
  readonly file: string;
  /** Makes an empty file of our own format. */
  readonly create: (file: string) => Promise<void>;
}

/**
 * Makes a file of our own format that holds what PostgreSQL holds in one snapshot, and takes no writes.
 *
 * It gets its name when it is whole: a process that dies leaves a part that the next one removes.
 */
export async function buildFile(options: BuildOptions): Promise<void> {
  const { file, record, served, client } = options;
  const partial = `${file}.partial`;
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(partial + suffix, { force: true });
  await options.create(partial);
  const { endpoints, schema } = options.session;
  const { plan } = await prepare({ endpoints, schema, readable: partial }, client, '');
  const tables = returningTables(plan, served);
  const db = new Database(partial);
  try {
    db.defaultSafeIntegers(true);
    // The part is worth nothing until it is whole, and is flushed to the disk then.
    db.pragma('journal_mode = MEMORY');
    db.pragma('synchronous = OFF');
    db.pragma('foreign_keys = OFF');
    const snapshot = await inTransaction(
      client,
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      async () => {
        for (const table of tables) await copyTable(client, db, table);
        return currentSnapshot(client);
      },
    );
    db.pragma('synchronous = FULL');
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN');
    putRecord(db, { move: record.id, state: 'left', owner: 'build', applied: snapshot }, plan);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
  renameSync(partial, file);
}

async function copyTable(client: Client, db: Database.Database, table: ReturningTable): Promise<void> {
  await client.query(`DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${table.select}`);
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH ${ROWS} FROM ${CURSOR}`,
      rowMode: 'array',
    });
    if (rows.length === 0) break;
    db.exec('BEGIN');
    insertRows(
      db,
      table,
      rows.map((row) => storedRow(table, row)),
    );
    db.exec('COMMIT');
  }
  await client.query(`CLOSE ${CURSOR}`);
}
