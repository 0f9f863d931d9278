import type { PgClient } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { findKeysAside } from './aside.ts';
import { briefly } from './briefly.ts';

/** Restores the keys that were set aside and are not there, or not proven, without shutting anybody out for it. */
export async function restoreKeys(
  client: PgClient,
  timeoutMs: number,
  { report, signal }: Run,
): Promise<void> {
  const keys = (await findKeysAside(client)) ?? [];
  const standing = await Promise.all(keys.map(({ table, name }) => isProven(client, table, name)));
  const missing = keys.filter((_, index) => standing[index] !== true);
  if (missing.length === 0) return;
  await report.step('Restore foreign keys', async (step) => {
    for (const key of missing) {
      const { table, name, definition } = key;
      if (standing[keys.indexOf(key)] === undefined) {
        await briefly(client, timeoutMs, signal, () =>
          client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`),
        );
      }
      await client.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
    }
    step.detail(missing.map(({ name }) => name).join(', '));
  });
}

/** Undefined where there is no such key. */
async function isProven(client: PgClient, table: string, name: string): Promise<boolean | undefined> {
  const { rows } = await client.query<{ is: boolean }>(
    'SELECT convalidated AS is FROM pg_constraint WHERE conrelid = $1::regclass AND quote_ident(conname) = $2',
    [table, name],
  );
  return rows[0]?.is;
}
