import type { ClientBase } from 'pg';
import type { TransferPlan } from '../../plan/types.ts';
import { quoteQualified } from '../../quote.ts';
import type { Obstacles } from '../target.ts';
import { refusingEventTriggers } from './event-triggers.ts';
import { tooFewLocks } from './lock-room.ts';
import { WITH_PARTITIONS } from './partitions.ts';
import { type Fed, findFed } from './sequences.ts';

/** $1: the tables of a plan. */
const WRITTEN = `
  WITH written AS (${WITH_PARTITIONS})`;

/** Each yields what is in the way as a column `obstacle`. */
const OBSTACLES = [
  // Row-level security hides rows from who loads and compares them, and refuses others.
  `${WRITTEN}
   SELECT format('row-level security of %s applies to the role "%s": move as a role that it does not apply to (ALTER ROLE "%2$s" BYPASSRLS, or ALTER TABLE %1$s NO FORCE ROW LEVEL SECURITY where the role owns the table)',
                 w.oid::regclass, current_user) AS obstacle
   FROM written w WHERE row_security_active(w.oid) ORDER BY 1`,
  // Indexes and keys are deferred, and triggers silenced, while rows are loaded: that is for the owner.
  `${WRITTEN}
   SELECT format('the role "%s" does not own %s: GRANT %I TO %I, or ALTER TABLE %2$s OWNER TO %4$I', current_user, c.oid::regclass,
                 pg_get_userbyid(c.relowner), current_user) AS obstacle
   FROM pg_class c
   WHERE (c.oid IN (SELECT oid FROM written)
          OR c.oid IN (SELECT k.conrelid FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM written)))
     AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1`,
  `SELECT format('the role "%s" may not make the schema of the ledger: GRANT CREATE ON DATABASE %I TO %I', current_user,
                 current_database(), current_user) AS obstacle
   WHERE NOT has_database_privilege(current_database(), 'CREATE')`,
  `${WRITTEN}
   SELECT DISTINCT format('the role "%s" may not make the indexes of %s again: GRANT CREATE ON SCHEMA %I TO %I', current_user,
                          min(c.oid::regclass::text), n.nspname, current_user) AS obstacle
   FROM written w JOIN pg_index x ON x.indrelid = w.oid JOIN pg_class c ON c.oid = w.oid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT has_schema_privilege(n.oid, 'CREATE') GROUP BY n.nspname ORDER BY 1`,
  `${WRITTEN}
   SELECT format('%s has no partitions, so no row has a place in it: make them first', c.oid::regclass) AS obstacle
   FROM pg_class c WHERE c.relkind = 'p' AND c.oid = ANY ($1::regclass[])
     AND NOT EXISTS (SELECT FROM pg_partition_tree(c.oid) t WHERE t.isleaf AND t.relid <> c.oid) ORDER BY 1`,
  `${WRITTEN}
   SELECT format('the partition %s is a foreign table, which rows are not loaded into', c.oid::regclass) AS obstacle
   FROM written w JOIN pg_class c ON c.oid = w.oid WHERE c.relkind = 'f' ORDER BY 1`,
  `SELECT format('%s has the rows of %s, too (INHERITS): ALTER TABLE %2$s NO INHERIT %1$s, until all is proven', h.inhparent::regclass,
                 h.inhrelid::regclass) AS obstacle
   FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhparent
   WHERE c.relkind = 'r' AND h.inhparent = ANY ($1::regclass[])
     AND (h.inhrelid = ANY ($1::regclass[]) OR pg_relation_size(h.inhrelid) > 0) ORDER BY 1`,
  `${WRITTEN}
   SELECT format('the foreign key %s is one of the partition %s alone: put it on the table that it is part of', k.conname,
                 k.conrelid::regclass) AS obstacle
   FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
     AND k.conrelid IN (SELECT oid FROM written) AND NOT k.conrelid = ANY ($1::regclass[]) ORDER BY 1`,
] as const;

/** What a text of the source would become in another encoding is not for us to say, nor can all of them hold it. */
const ENCODING = `
  SELECT format('the database is encoded in %s, and texts of SQLite are Unicode: make one with CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0',
                current_setting('server_encoding')) AS obstacle
  WHERE current_setting('server_encoding') <> 'UTF8'`;

/** Everything that would stop a load, or what comes after it, and can be known beforehand. */
export async function findObstacles(client: ClientBase, plan: TransferPlan): Promise<Obstacles> {
  const found = (await client.query<{ obstacle: string }>(ENCODING)).rows;
  const tables = plan.tables.map(({ target }) => quoteQualified(target));
  for (const sql of OBSTACLES) {
    const { rows } = await client.query<{ obstacle: string }>(sql, sql.includes('$1') ? [tables] : []);
    found.push(...rows);
  }
  const fed = await findFed(client, plan);
  const noRoom = await tooFewLocks(
    client,
    plan.tables.map(({ target }) => target),
  );
  return {
    found: [
      ...found.map(({ obstacle }) => obstacle),
      ...(noRoom === undefined ? [] : [noRoom]),
      ...(await sequenceObstacles(client, fed)),
      ...(await refusingEventTriggers(client, plan.schema)),
    ],
    limits: fed.filter(({ isNumber }) => isNumber),
  };
}

/** The same of the sequences that have to be moved along, and of the columns that they feed. */
async function sequenceObstacles(client: ClientBase, fed: readonly Fed[]): Promise<string[]> {
  const { rows } = await client.query<{ obstacle: string }>(
    `SELECT DISTINCT format('the role "%s" may not move the sequence %s: GRANT SELECT, UPDATE ON SEQUENCE %2$s TO %I', current_user,
                            sequence, current_user) AS obstacle
     FROM unnest($1::text[]) AS s (sequence)
     WHERE NOT (has_sequence_privilege(sequence, 'SELECT') AND has_sequence_privilege(sequence, 'UPDATE'))
     UNION ALL
     SELECT DISTINCT format('the role "%s" may not read %s, which shares a sequence with the tables to be loaded: GRANT SELECT ON %2$s TO %I',
                            current_user, name, current_user)
     FROM unnest($2::text[], $3::text[]) AS t (name, col) WHERE NOT has_column_privilege(name, col, 'SELECT')`,
    [
      fed.map(({ sequence }) => sequence),
      fed.map(({ schema, table }) => quoteQualified({ schema, name: table })),
      fed.map(({ column }) => column),
    ],
  );
  return rows.map(({ obstacle }) => obstacle);
}
