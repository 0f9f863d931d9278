import {
  askWithin,
  isSqlState,
  LEDGERS,
  type PgClient,
  type PostgresTarget,
  TRANSFER_RUNS,
} from '@vatevo/connection';
import { askServerRecord } from '@vatevo/cutover-state';
import { queryRecords } from '../migrations/applied.ts';
import { runOn } from '../postgres/run-on.ts';
import { countMigrations } from './count-migrations.ts';
import type { DatabaseState, IdentityUse, StateReading } from './types.ts';

export async function readPostgresState(target: PostgresTarget, timeoutMs: number): Promise<StateReading> {
  const asked = await askWithin(target, timeoutMs, 'vatevo monitor', read);
  return asked.ok ? { ok: true, state: asked.answer, latencyMs: asked.latencyMs } : asked;
}

async function read(client: PgClient): Promise<DatabaseState> {
  return {
    migrations: await unlessForbidden(async () => countMigrations('postgres', await queryRecords(client))),
    transfers: await unlessForbidden(() => countTransfers(client)),
    cutover: (await unlessForbidden(() => askServerRecord(runOn(client))))?.state ?? null,
    identities: await readIdentities(client),
  };
}

/** The catalog is asked first: where there was never a transfer, there is no ledger. */
async function countTransfers(client: PgClient): Promise<Record<string, number>> {
  const { rows: ledgers } = await client.query(
    `SELECT 1 FROM pg_tables WHERE schemaname = '${LEDGERS.transfer}' AND tablename = 'run'`,
  );
  if (ledgers.length === 0) return {};
  const { rows } = await client.query<{ state: string; runs: number }>(
    `SELECT state, count(*)::int AS runs FROM ${TRANSFER_RUNS} GROUP BY state ORDER BY state`,
  );
  return Object.fromEntries(rows.map(({ state, runs }) => [state, runs]));
}

/**
 * From the sequences: the highest id in a table would need a scan where its key begins with the tenant, and
 * an id that was assigned and deleted is used up too.
 */
async function readIdentities(client: PgClient): Promise<IdentityUse[]> {
  const { rows } = await client.query<{ table: string; highest: string; limit: string }>(`
    SELECT t.relname AS "table", pg_sequence_last_value(s.oid)::text AS highest,
           least(q.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
             ELSE 9007199254740991 END)::text AS "limit"
      FROM pg_class s
      JOIN pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                      AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class t ON t.oid = d.refobjid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE s.relkind = 'S' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'public')
       -- In a CASE, as it fails for what is no sequence and conditions have no order.
       AND CASE WHEN s.relkind = 'S' THEN has_sequence_privilege(s.oid, 'SELECT,USAGE') END
     ORDER BY t.relname`);
  return rows.map(({ table, highest, limit }) => ({ table, highest: Number(highest), limit: Number(limit) }));
}

async function unlessForbidden<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isSqlState(error, 'insufficient_privilege')) return null;
    throw error;
  }
}
