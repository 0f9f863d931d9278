import type { Client } from 'pg';
import type { SpreadTable } from './tables.ts';

/** A server of a cluster assigns ids from its number times two to this power on. */
const BITS = 48;

const OWNED = `
  SELECT quote_ident(a.attname) AS column, format('%I.%I', n.nspname, s.relname) AS sequence
  FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_depend AS p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
    JOIN pg_class AS s ON s.oid = p.refobjid AND s.relkind = 'S' JOIN pg_namespace AS n ON n.oid = s.relnamespace
  WHERE d.adrelid = $1::regclass AND a.atttypid = 'int8'::regtype`;

/**
 * Moves the sequences of the workers ahead of the ids that they have assigned. Each has a range of its own; where tables were
 * brought together and are distributed again, or a server was made again, its sequences start over.
 */
export async function aheadOfTheirIds(client: Client, tables: readonly SpreadTable[]): Promise<void> {
  for (const { name } of tables) {
    const { rows: owned } = await client.query<{ column: string; sequence: string }>(OWNED, [name]);
    for (const { column, sequence } of owned) {
      const { rows: ranges } = await client.query<{ group: number; highest: string }>(
        `SELECT (${column} >> ${BITS})::int AS group, max(${column})::text AS highest FROM ${name} GROUP BY 1`,
      );
      for (const { group, highest } of ranges) {
        if (group === 0) continue;
        const { rows } = await client.query<{ success: boolean; result: string }>(
          `SELECT r.success, r.result FROM pg_dist_node AS n, master_run_on_worker(ARRAY[n.nodename], ARRAY[n.nodeport], ARRAY[$2], false) AS r
           WHERE n.groupid = $1 AND n.noderole = 'primary'`,
          [group, `SELECT setval('${sequence}', greatest(${highest}, (SELECT last_value FROM ${sequence})))`],
        );
        const failed = rows.find(({ success }) => !success);
        if (failed)
          throw new Error(`A server's sequence ${sequence} could not be moved ahead: ${failed.result}`);
      }
    }
  }
}
