import type { TransferPlan } from '@vatevo/transfer/plan';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

/** Keeps where the sequences of a move's tables stand, in the open transaction. */
export async function keepSequences(client: Client, id: string, plan: TransferPlan): Promise<void> {
  const names = plan.tables.flatMap(({ columns }) => columns.flatMap(({ sequence }) => sequence ?? []));
  await client.query(
    `UPDATE ${SCHEMA}.move SET sequences = (
       SELECT coalesce(jsonb_agg(jsonb_build_array(name, pg_sequence_last_value(name::regclass)::text)), '[]')
       FROM unnest($2::text[]) name)
     WHERE id = $1`,
    [id, names],
  );
}

/** Puts them back there: ids that only the move's rows used are free again. */
export async function restoreSequences(client: Client, id: string): Promise<void> {
  await client.query(
    `SELECT setval(s.seqrelid, coalesce((kept ->> 1)::bigint, s.seqstart), kept ->> 1 IS NOT NULL)
     FROM ${SCHEMA}.move, jsonb_array_elements(sequences) kept JOIN pg_sequence s ON s.seqrelid = (kept ->> 0)::regclass
     WHERE id = $1`,
    [id],
  );
}
