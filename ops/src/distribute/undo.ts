import type { PgClient, PostgresTarget } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { findKeysAside, forgetKeysAside } from './aside.ts';
import { atOnce } from './at-once.ts';
import { finish } from './finish.ts';
import { dropLeftParts } from './left-parts.ts';
import type { Done } from './spread.ts';

interface Owned {
  readonly sequence: string;
  readonly column: string;
}

/** Which sequences go with which columns: Citus makes tables anew, and forgets some of that. */
const OWNED = `
  SELECT s.oid::regclass::text AS sequence, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS column
  FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class AS c ON c.oid = d.refobjid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
    AND d.refobjid = ANY ($1::text[]::regclass[])`;

/** The tables that the cluster knows: distributed, or as one part on the coordinator that a run has not come to. */
const KNOWN = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public' ORDER BY 1`;

async function findKnown(client: PgClient): Promise<string[]> {
  return (await client.query<{ name: string }>(KNOWN)).rows.map(({ name }) => name);
}

/** Brings all tables together on the coordinator, with the keys between them, whatever run was ended half-way. */
export async function undo(
  client: PgClient,
  target: PostgresTarget,
  { timeoutMs }: { readonly timeoutMs: number },
  run: Run,
): Promise<Done> {
  await dropLeftParts(client);
  const known = await findKnown(client);
  const aside = await findKeysAside(client);
  if (known.length === 0 && aside === undefined) return new Map();
  const keys = aside ?? [];
  const tables = [...new Set([...known, ...keys.map(({ table }) => table)])];
  const done = await run.report.step('Bring the tables together', () =>
    atOnce(client, tables, timeoutMs, async () => {
      const { rows: owned } = await client.query<Owned>(OWNED, [tables]);
      // Those that keys connect go together; what that has done already is passed over.
      for (const name of known) {
        if (!(await findKnown(client)).includes(name)) continue;
        await client.query('SELECT undistribute_table($1, cascade_via_foreign_keys => true)', [name]);
      }
      // The workers keep none of it.
      await client.query("SELECT set_config('citus.enable_ddl_propagation', 'off', true)");
      for (const { sequence, column } of owned)
        await client.query(`ALTER SEQUENCE ${sequence} OWNED BY ${column}`);
      for (const key of keys) {
        await client.query(`ALTER TABLE ${key.table} DROP CONSTRAINT IF EXISTS ${key.name}`);
        await client.query(`ALTER TABLE ${key.table} ADD CONSTRAINT ${key.name} ${key.definition}`);
      }
      await forgetKeysAside(client);
    }),
  );
  await finish(client, target, undefined, run);
  return done;
}
