import type { PgClient } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import pg from 'pg';

const { escapeIdentifier: quote } = pg;

/** A sequence that was moved ahead. */
export interface Moved {
  /** Qualified, and quoted where it has to be. */
  readonly sequence: string;
  /** The last number that was assigned as far as this server knows; null when none was. */
  readonly from: string | null;
  /** The last number that counts as assigned now. */
  readonly to: string;
}

interface Found {
  readonly sequence: string;
  readonly last: string | null;
  readonly start: string;
  readonly lowest: string;
  readonly highest: string;
  readonly isDescending: boolean;
  /** Columns whose values come out of it. */
  readonly columns: readonly { readonly schema: string; readonly table: string; readonly column: string }[];
}

/** Every sequence outside of the system's schemas, and the columns that own it or have it as their default. */
const FIND = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sequence, pg_sequence_last_value(c.oid)::text AS last,
         s.seqstart::text AS start, s.seqmin::text AS lowest, s.seqmax::text AS highest, s.seqincrement < 0 AS "isDescending",
         (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('schema', tn.nspname, 'table', t.relname, 'column', a.attname)), '[]')
          FROM (SELECT refobjid AS relation, refobjsubid AS position FROM pg_depend
                WHERE classid = 'pg_class'::regclass AND objid = c.oid AND refclassid = 'pg_class'::regclass
                  AND refobjsubid > 0 AND deptype IN ('a', 'i')
                UNION
                SELECT d.adrelid, d.adnum FROM pg_depend AS o JOIN pg_attrdef AS d ON d.oid = o.objid
                WHERE o.classid = 'pg_attrdef'::regclass AND o.refclassid = 'pg_class'::regclass AND o.refobjid = c.oid) AS used
          JOIN pg_class AS t ON t.oid = used.relation JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
          JOIN pg_attribute AS a ON a.attrelid = used.relation AND a.attnum = used.position AND NOT a.attisdropped
          WHERE a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)) AS columns
  FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1`;

/**
 * Moves every sequence `margin` numbers ahead of the last one that was assigned, or of what its columns hold where that
 * is further: logical replication does not carry what a sequence has assigned.
 *
 * @throws CommandError exit code 4 when a sequence would come to its end; none was moved then
 */
export async function moveSequencesAhead(client: PgClient, margin: bigint): Promise<Moved[]> {
  const { rows } = await client.query<Found>(FIND);
  const moves: (Moved & { readonly isDescending: boolean })[] = [];
  for (const found of rows) {
    const { sequence, last, isDescending } = found;
    const reached = await reach(client, found);
    const to = isDescending ? reached - margin : reached + margin;
    if (to > BigInt(found.highest) || to < BigInt(found.lowest)) {
      throw new CommandError(
        ExitCode.notReady,
        `The sequence ${sequence} cannot be moved ${margin} numbers ahead of ${reached}: it ends at ${isDescending ? found.lowest : found.highest}.`,
        { remedy: ['Move all of them by less: --margin NUMBER. Then give the sequence a larger type.'] },
      );
    }
    moves.push({ sequence, from: last, to: String(to), isDescending });
  }
  for (const { sequence, to, isDescending } of moves) {
    // Whoever took numbers meanwhile is not put back.
    const further = isDescending ? 'least' : 'greatest';
    await client.query(
      `SELECT setval($1::text::regclass, ${further}($2::bigint, pg_sequence_last_value($1::text::regclass)), true)`,
      [sequence, to],
    );
  }
  return moves.map(({ sequence, from, to }) => ({ sequence, from, to }));
}

/** The furthest number that was assigned, or is held by a column. */
async function reach(client: PgClient, found: Found): Promise<bigint> {
  const { last, start, isDescending, columns } = found;
  const end = isDescending ? 'min' : 'max';
  const held: (string | null)[] = [];
  for (const { schema, table, column } of columns) {
    const { rows } = await client.query<{ held: string | null }>(
      `SELECT ${end}(${quote(column)})::text AS held FROM ${quote(schema)}.${quote(table)}`,
    );
    held.push(rows[0]?.held ?? null);
  }
  const numbers = [last ?? start, ...held].filter((text) => text !== null).map(BigInt);
  return numbers.reduce((one, other) => ((isDescending ? one < other : one > other) ? one : other));
}
