import { tableExists } from '@vatevo/connection';
import type { Client } from 'pg';
import { quoteQualified } from '../../quote.ts';
import { createLedger, LEDGER_SCHEMA } from './ledger.ts';
import { WITH_PARTITIONS } from './partitions.ts';

/**
 * Triggers and rules that do something when rows are written: of tables, and of the partitions in which their rows lie.
 * What is on for replicas only, or off, does nothing.
 */
const LOUD = `
  WITH written AS (${WITH_PARTITIONS})
  SELECT 'TRIGGER' AS kind, g.oid::text AS oid, g.tgenabled::text AS enabled FROM written w
  JOIN pg_trigger g ON g.tgrelid = w.oid
  WHERE NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') AND g.tgname <> ALL ($2)
  UNION ALL
  SELECT 'RULE', r.oid::text, r.ev_enabled::text FROM written w JOIN pg_rewrite r ON r.ev_class = w.oid
  WHERE r.ev_type IN ('2', '3', '4') AND r.ev_enabled IN ('O', 'A')`;

/** What was silenced and still is there, whatever it is called by now. */
const SILENCED = `
  SELECT s.kind, s.enabled, n.nspname AS schema, c.relname AS name, quote_ident(coalesce(g.tgname, r.rulename)) AS of
  FROM ${LEDGER_SCHEMA}.silenced s
  LEFT JOIN pg_trigger g ON s.kind = 'TRIGGER' AND g.oid = s.oid
  LEFT JOIN pg_rewrite r ON s.kind = 'RULE' AND r.oid = s.oid
  JOIN pg_class c ON c.oid = coalesce(g.tgrelid, r.ev_class) JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE s.run_id = $1`;

interface Silenced {
  readonly kind: 'TRIGGER' | 'RULE';
  readonly enabled: 'O' | 'A';
  readonly schema: string;
  readonly name: string;
  /** The quoted name of the trigger or rule. */
  readonly of: string;
}

/**
 * Keeps the application's triggers and rules from acting on rows that come from the source, until
 * {@link restoreTriggers}: what they would do was done there, or is not what the source holds. Call it in a transaction,
 * and as often as new ones may have come.
 *
 * @param except names of triggers that go on
 */
export async function silenceTriggers(
  client: Client,
  runId: string,
  tables: readonly { readonly schema: string; readonly name: string }[],
  except: readonly string[] = [],
): Promise<void> {
  await createLedger(client);
  await client.query(
    `INSERT INTO ${LEDGER_SCHEMA}.silenced (run_id, kind, oid, enabled)
     SELECT $3, kind, oid::oid, enabled FROM (${LOUD}) AS loud ON CONFLICT DO NOTHING`,
    [tables.map(quoteQualified), except, runId],
  );
  for (const { kind, of, ...table } of await silenced(client, runId)) {
    await client.query(`ALTER TABLE ONLY ${quoteQualified(table)} DISABLE ${kind} ${of}`);
  }
}

/** Lets them act again as before, in the open transaction. */
export async function restoreTriggers(client: Client, runId: string): Promise<void> {
  // An earlier release silenced nothing.
  if (!(await tableExists(client, `${LEDGER_SCHEMA}.silenced`))) return;
  for (const { kind, enabled, of, ...table } of await silenced(client, runId)) {
    const how = enabled === 'A' ? 'ENABLE ALWAYS' : 'ENABLE';
    await client.query(`ALTER TABLE ONLY ${quoteQualified(table)} ${how} ${kind} ${of}`);
  }
  await client.query(`DELETE FROM ${LEDGER_SCHEMA}.silenced WHERE run_id = $1`, [runId]);
}

async function silenced(client: Client, runId: string): Promise<Silenced[]> {
  return (await client.query<Silenced>(SILENCED, [runId])).rows;
}
