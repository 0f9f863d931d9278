import type { ClientBase } from 'pg';
import { quoteName, quoteQualified } from '../../quote.ts';

/** How many values of a key's first column are gone through, one look into the index each: some 100 ms. */
const MAX_LEADS = 10_000;

/**
 * The column in front of the given one in a key: in a whole and valid index, sorted as ORDER BY sorts it, without NULL.
 * None where the given one leads an index itself.
 */
const LEADS = `
  SELECT first.attname AS lead FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
  JOIN pg_attribute first ON first.attrelid = x.indrelid AND first.attnum = x.indkey[0] AND first.attnotnull
  JOIN pg_attribute second ON second.attrelid = x.indrelid AND second.attnum = x.indkey[1] AND second.attname = $2
  JOIN pg_opclass o ON o.oid = x.indclass[0] AND o.opcdefault AND x.indcollation[0] = first.attcollation
  WHERE x.indrelid = $1::regclass AND x.indisvalid AND x.indpred IS NULL AND x.indnkeyatts > 1
    AND NOT EXISTS (SELECT FROM pg_index whole WHERE whole.indrelid = x.indrelid AND whole.indkey[0] = second.attnum
                    AND whole.indpred IS NULL AND whole.indisvalid)
  LIMIT 1`;

/** A column of a table. */
export interface CountedColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Whether its sequence counts down. */
  readonly isDescending: boolean;
}

/**
 * The highest number in a column, or the lowest, as text; null in an empty table.
 *
 * Where the column leads an index, the server looks there. Where it comes second, as an id does behind its tenant, the
 * server would read the whole table, and this goes from one tenant to the next instead: as many looks as there are
 * tenants, however large the table is. Only with more of them than that pays for, the table is read.
 */
export async function furthest(client: ClientBase, counted: CountedColumn): Promise<string | null> {
  const table = quoteQualified({ schema: counted.schema, name: counted.table });
  const column = quoteName(counted.column);
  const most = counted.isDescending ? 'min' : 'max';
  const { rows: leads } = await client.query<{ lead: string }>(LEADS, [table, counted.column]);
  if (leads[0] !== undefined) {
    const lead = quoteName(leads[0].lead);
    const { rows } = await client.query<{ last: string | null; leads: number }>(`
      WITH RECURSIVE leads AS (
        (SELECT ${lead} AS lead FROM ${table} ORDER BY ${lead} LIMIT 1)
        UNION ALL
        SELECT (SELECT r.${lead} FROM ${table} r WHERE r.${lead} > leads.lead ORDER BY r.${lead} LIMIT 1)
        FROM leads WHERE leads.lead IS NOT NULL
      )
      SELECT count(*)::int AS leads, ${text(`${most}((
        SELECT ${most}(r.${column}) FROM ${table} r WHERE r.${lead} = l.lead))`)} AS last
      FROM (SELECT lead FROM leads WHERE lead IS NOT NULL LIMIT ${MAX_LEADS + 1}) l`);
    if (rows[0] !== undefined && rows[0].leads <= MAX_LEADS) return rows[0].last;
  }
  const { rows } = await client.query<{ last: string | null }>(
    `SELECT ${text(`${most}(${column})`)} AS last FROM ${table}`,
  );
  return rows[0]?.last ?? null;
}

const text = (number: string) => `trunc(${number}::numeric)::text`;
