import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

/**
 * What an operator said of names in PostgreSQL.
 *
 * - `not-ours`: tables of another application, as `table`, `schema.table` or `schema.*`. A move neither moves, logs,
 *   fences nor empties them.
 * - `leave-behind`: what has no place in SQLite and stays in PostgreSQL at failback, as `table`, `table.column`
 *   or the name of a sequence or of a unique index as `table.index`.
 */
export type DecisionKind = 'not-ours' | 'leave-behind';

export interface Decisions {
  readonly notOurs: readonly string[];
  readonly leaveBehind: readonly string[];
}

/** Of the last move; none when there is none. */
export async function readDecisions(client: Client, moveId: string | undefined): Promise<Decisions> {
  if (moveId === undefined) return { notOurs: [], leaveBehind: [] };
  const { rows } = await client.query<{ kind: DecisionKind; name: string }>(
    `SELECT kind, name FROM ${SCHEMA}.decision WHERE move_id = $1 ORDER BY name`,
    [moveId],
  );
  const of = (wanted: DecisionKind) => rows.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  return { notOurs: of('not-ours'), leaveBehind: of('leave-behind') };
}

/** Keeps decisions of a kind, in place of those that were kept before. */
export async function keepDecisions(
  client: Client,
  moveId: string,
  kind: DecisionKind,
  names: readonly string[],
): Promise<void> {
  await client.query(
    `WITH gone AS (DELETE FROM ${SCHEMA}.decision WHERE move_id = $1 AND kind = $2 AND name <> ALL ($3))
     INSERT INTO ${SCHEMA}.decision (move_id, kind, name) SELECT $1, $2, * FROM unnest($3::text[])
     ON CONFLICT DO NOTHING`,
    [moveId, kind, names],
  );
}
