import { chmodSync, chownSync, renameSync, statSync } from 'node:fs';
import type { TransferMapping } from '@vatevo/transfer';
import { prepare } from '@vatevo/transfer/pipeline';
import { inSnapshot } from '@vatevo/transfer/postgres';
import { SqliteSource } from '@vatevo/transfer/sqlite';
import Database from 'better-sqlite3';
import type { Client } from 'pg';
import { putRecord } from '../file/ledger.ts';
import type { MoveWithoutFile, ReturnFormat } from '../move.ts';
import type { MoveRecord } from '../server/ledger.ts';
import type { ServedTable } from '../server/tables.ts';
import { currentSnapshot } from './changes.ts';
import { Portion } from './portion.ts';
import { removePart } from './release.ts';
import { insertRows, type ReturningTable, returningTables, storedRow } from './table.ts';
import type { StoredValue } from './values.ts';

const CURSOR = 'vatevo_cutover_rows';

export interface BuildOptions {
  readonly move: MoveWithoutFile;
  readonly record: MoveRecord;
  readonly file: string;
  readonly returning: ReturnFormat;
  /** Throws where something would not come along to the empty file; returns what does. */
  readonly check: (
    empty: string,
  ) => Promise<{ readonly mapping: TransferMapping; readonly carried: readonly ServedTable[] }>;
}

/**
 * Makes a file of our own format that holds what PostgreSQL holds in one snapshot, and takes no writes.
 *
 * It gets its name when it is whole: a process that dies leaves a part that the next one removes.
 */
export async function buildFile({ move, record, file, returning, check }: BuildOptions): Promise<void> {
  const { client, target } = move;
  const partial = `${file}.partial`;
  removePart(partial);
  await returning.deploy(partial);
  ownAs(partial, record.sourcePath);
  const { mapping, carried } = await check(partial);
  const { plan } = await prepare(new SqliteSource(file, { readable: partial }), target, mapping, '');
  const tables = returningTables(plan, carried);
  const db = new Database(partial);
  try {
    db.defaultSafeIntegers(true);
    // The part is worth nothing until it is whole, and is flushed to the disk then.
    db.pragma('journal_mode = MEMORY');
    db.pragma('synchronous = OFF');
    db.pragma('foreign_keys = OFF');
    const snapshot = await inSnapshot(client, async () => {
      for (const table of tables) {
        await copyTable(client, table, (rows) => {
          db.exec('BEGIN');
          insertRows(db, table, rows);
          db.exec('COMMIT');
        });
      }
      return currentSnapshot(client);
    });
    db.pragma('synchronous = FULL');
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN');
    putRecord(db, { move: record.id, state: 'handed-over', owner: 'build', applied: snapshot }, plan);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
  renameSync(partial, file);
}

/** Who may use the old file may use the new one, and nobody else. The owner is root's to change. */
function ownAs(file: string, old: string | undefined): void {
  const stat = old === undefined ? undefined : statSync(old, { throwIfNoEntry: false });
  if (stat === undefined) return;
  chmodSync(file, stat.mode & 0o777);
  if (process.getuid?.() === 0) chownSync(file, stat.uid, stat.gid);
}

/** Reads a table as it is in the open transaction. @param put takes some rows after the others */
export async function copyTable(
  client: Client,
  table: ReturningTable,
  put: (rows: readonly (readonly StoredValue[])[]) => void,
): Promise<void> {
  await client.query(`DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${table.select}`);
  const portion = new Portion();
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH ${portion.rows} FROM ${CURSOR}`,
      rowMode: 'array',
    });
    if (rows.length === 0) break;
    portion.came(rows);
    put(rows.map((row) => storedRow(table, row)));
  }
  await client.query(`CLOSE ${CURSOR}`);
}
