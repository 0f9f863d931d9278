import type { Client } from 'pg';
import { TransferError } from '../errors.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { createLedger, insertRun, type Run } from '../target/postgres/ledger.ts';
import { lockTables } from '../target/postgres/lock.ts';
import { putAside, validateConstraints } from '../target/postgres/put-aside.ts';
import { createQuarantine } from '../target/postgres/quarantine.ts';
import { silenceTriggers } from '../target/postgres/silence.ts';
import { recordStructure } from '../target/postgres/structure.ts';

type Table = { readonly schema: string; readonly name: string };

export interface BeginOptions {
  /** What else is done under the lock, before the tables are looked at. @returns others that must be empty, too */
  readonly underLock?: () => Promise<readonly Table[]>;
  /** What else is entered, while indexes and keys are still in place. */
  readonly record?: (runId: string) => Promise<void>;
  /** What to do about rows that are there. */
  readonly remedy?: (table: Table) => string;
}

/**
 * Begins a run in the open transaction: takes the tables, which must be empty, enters them in the ledger as they are,
 * silences their triggers, and puts indexes and keys aside.
 *
 * @returns the run's id
 */
export async function beginRun(
  client: Client,
  run: Omit<Run, 'id' | 'state'>,
  { underLock, record, remedy }: BeginOptions = {},
): Promise<string> {
  const { plan } = run;
  const tables = plan.tables.map(({ target }) => target);
  await createLedger(client);
  await createQuarantine(client);
  await lockTables(client, tables.map(quoteQualified));
  const others = (await underLock?.()) ?? [];
  await refuseRows(client, [...tables, ...others], remedy);
  await validateConstraints(client, plan);
  const id = await insertRun(client, run);
  await recordStructure(client, id, tables);
  await record?.(id);
  await silenceTriggers(client, id, tables);
  await putAside(client, id, plan);
  return id;
}

/** @throws TransferError `target-not-empty` when a table holds a row */
export async function refuseRows(
  client: Client,
  tables: readonly Table[],
  remedy: (table: Table) => string = () => 'give an empty database',
): Promise<void> {
  for (const table of tables) {
    if (!(await holdsRows(client, table))) continue;
    throw new TransferError(
      'target-not-empty',
      `Table ${table.name} of the target already holds rows that no transfer put there, and nothing is ever overwritten: ${remedy(table)}.`,
    );
  }
}

/** Whether a table holds a row, or one with a value in a column. */
export async function holdsRows(client: Client, table: Table, column?: string): Promise<boolean> {
  const where = column === undefined ? '' : ` WHERE ${quoteName(column)} IS NOT NULL`;
  const { rows } = await client.query(`SELECT FROM ${quoteQualified(table)}${where} LIMIT 1`);
  return rows.length > 0;
}

/** Now, in the form in which a run keeps when it began. */
export function runStartNow(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '000');
}
