import { isCluster, type PgClient } from '@vatevo/connection';
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
  readonly owner: string;
  /** Whether this login may read and move it. */
  readonly isMovable: boolean;
  /** Whether it lies where our tables are. */
  readonly isOurs: boolean;
  readonly last: string | null;
  readonly start: string;
  readonly lowest: string;
  readonly highest: string;
  readonly isDescending: boolean;
  /** Columns whose values come out of it. */
  readonly columns: readonly { readonly schema: string; readonly table: string; readonly column: string }[];
}

const MOVABLE = `(has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'UPDATE')
  AND has_sequence_privilege(c.oid, 'USAGE, SELECT'))`;

/** Every sequence outside of the system's schemas, and the columns that own it or have it as their default, where they may be read. */
const FIND = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sequence, pg_get_userbyid(c.relowner) AS owner,
         ${MOVABLE} AS "isMovable", n.nspname = 'public' AS "isOurs",
         CASE WHEN ${MOVABLE} THEN pg_sequence_last_value(c.oid)::text END AS last,
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
          WHERE a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
            AND has_schema_privilege(tn.oid, 'USAGE') AND has_column_privilege(t.oid, a.attnum, 'SELECT')) AS columns
  FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1`;

/**
 * Moves every sequence `margin` numbers ahead of the last one that was assigned, and then of what its columns hold where that
 * is further: logical replication does not carry what a sequence has assigned. To find the highest number of a large table takes
 * long, and after a failover by the log of writes no number above the sequence's own is missing from it; so that comes second.
 *
 * Sequences of other schemas that the login may not move, such as those of extensions, stay as they are.
 *
 * @throws CommandError exit code 4 when a sequence would come to its end, or one of ours may not be moved. When that is so by
 *   the last numbers that were assigned, none was moved; else those that were moved stay so.
 */
export async function moveSequencesAhead(
  client: PgClient,
  margin: bigint,
): Promise<{ readonly moved: readonly Moved[]; readonly left: readonly string[] }> {
  const all = (await client.query<Found>(FIND)).rows;
  const closed = all.filter(({ isMovable }) => !isMovable);
  refuseOurs(closed.filter(({ isOurs }) => isOurs));
  const movable = all.filter(({ isMovable }) => isMovable);
  const rows = (await isCluster(client)) ? await ofThisServer(client, movable) : movable;
  const moves = rows.map((found) => ({ found, to: ahead(found, BigInt(found.last ?? found.start), margin) }));
  for (const { found, to } of moves) await move(client, found, to);
  const moved: Moved[] = [];
  for (const { found, to } of moves) {
    const held = await furthestHeld(client, found, to);
    const further = held === undefined ? to : furthest(found, [to, ahead(found, held, margin)]);
    if (further !== to) await move(client, found, further);
    moved.push({ sequence: found.sequence, from: found.last, to: String(further) });
  }
  return { moved, left: closed.map(({ sequence }) => sequence) };
}

function refuseOurs(closed: readonly Found[]): void {
  if (closed.length === 0) return;
  const names = closed.map(({ sequence }) => sequence).join(', ');
  const owners = [...new Set(closed.map(({ owner }) => owner))].join(', ');
  throw new CommandError(ExitCode.notReady, `This login may not move ${names}, so none was moved.`, {
    remedy: [`Run this with a login that owns them, or is a member of their owner: ${owners}.`],
  });
}

/** A server of a cluster assigns ids from its number times two to this power on. */
const RANGE_BITS = 48n;

/** What a server of a cluster assigns: numbers of its own range, and on a worker none that are too small for ranges. */
async function ofThisServer(client: PgClient, found: readonly Found[]): Promise<Found[]> {
  const { rows } = await client.query<{ group: number }>('SELECT groupid AS group FROM pg_dist_local_group');
  const group = BigInt(rows[0]?.group ?? 0);
  const end = ((group + 1n) << RANGE_BITS) - 1n;
  return found
    .filter(({ lowest }) => BigInt(lowest) >> RANGE_BITS === group)
    .map((each) => (BigInt(each.highest) > end ? { ...each, highest: String(end) } : each));
}

/** Where a sequence stands `margin` numbers ahead of one. */
function ahead({ sequence, isDescending, highest, lowest }: Found, reached: bigint, margin: bigint): bigint {
  const to = isDescending ? reached - margin : reached + margin;
  if (to <= BigInt(highest) && to >= BigInt(lowest)) return to;
  throw new CommandError(
    ExitCode.notReady,
    `The sequence ${sequence} cannot be moved ${margin} numbers ahead of ${reached}: it ends at ${isDescending ? lowest : highest}.`,
    { remedy: ['Move all of them by less: --margin NUMBER. Then give the sequence a larger type.'] },
  );
}

async function move(client: PgClient, { sequence, isDescending }: Found, to: bigint): Promise<void> {
  // Whoever took numbers meanwhile is not put back.
  const further = isDescending ? 'least' : 'greatest';
  await client.query(
    `SELECT setval($1::text::regclass, ${further}($2::bigint, pg_sequence_last_value($1::text::regclass)), true)`,
    [sequence, String(to)],
  );
}

/**
 * The furthest number within a sequence's bounds that a column of it holds; undefined when there is none, or it was assigned since
 * `moved`.
 */
async function furthestHeld(client: PgClient, found: Found, moved: bigint): Promise<bigint | undefined> {
  const end = found.isDescending ? 'min' : 'max';
  const held: bigint[] = [];
  for (const { schema, table, column } of found.columns) {
    const { rows } = await client.query<{ held: string | null }>(
      `SELECT ${end}(${quote(column)})::text AS held FROM ${quote(schema)}.${quote(table)}
       WHERE ${quote(column)} BETWEEN ${found.lowest} AND ${found.highest}`,
    );
    const [row] = rows;
    if (row?.held) held.push(BigInt(row.held));
  }
  if (held.length === 0) return undefined;
  const reached = furthest(found, held);
  if (furthest(found, [reached, moved]) === moved) return reached;
  const { rows } = await client.query<{ last: string }>(
    'SELECT pg_sequence_last_value($1::text::regclass)::text AS last',
    [found.sequence],
  );
  const last = BigInt(rows[0]?.last ?? moved);
  return furthest(found, [reached, last]) === last ? undefined : reached;
}

function furthest({ isDescending }: Found, numbers: readonly bigint[]): bigint {
  return numbers.reduce((one, other) => ((isDescending ? one < other : one > other) ? one : other));
}
