import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../codec/writer.ts';
import { sourceExpression } from '../plan/source-sql.ts';
import { sourceName, type TablePlan } from '../plan/types.ts';
import type { CheckConstraint } from '../postgres/checks.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { ReaderPool } from '../readers/pool.ts';
import type { BadRow, Locator, RowRange } from '../readers/protocol.ts';
import { cutRanges, type PlannedTable } from './ranges.ts';

const PROBE = 'vatevo_probe';
/** The list of a reader's connection that names the rows to describe. */
const BROKEN = 'vatevo_broken';

/**
 * Finds the rows that a CHECK of the target would reject, before any is loaded: the columns that the CHECKs
 * read go into a temporary table, and the server itself says which rows break which.
 *
 * A CHECK that reads a column which the server fills is left to the load, which rejects as well.
 *
 * @returns the rows by target table
 */
export async function findBrokenChecks(
  client: Client,
  pool: ReaderPool,
  tables: readonly PlannedTable[],
  checks: readonly CheckConstraint[],
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    const copied = new Set(table.columns.filter(({ generated }) => !generated).map(({ target }) => target));
    const own = checks.filter(
      (check) => check.table === table.target.name && check.columns.every((name) => copied.has(name)),
    );
    if (own.length === 0 || extent.rows === 0) continue;
    const read = new Set(own.flatMap(({ columns }) => columns));
    const probed = { ...table, columns: table.columns.filter(({ target }) => read.has(target)) };
    const rows: BadRow[] = [];
    for (const range of cutRanges([{ table: probed, extent }])) {
      rows.push(...(await probeRange(client, pool, range, own)));
    }
    if (rows.length > 0) found.set(table.target.name, rows);
  }
  return found;
}

async function probeRange(
  client: Client,
  pool: ReaderPool,
  range: RowRange,
  checks: readonly CheckConstraint[],
): Promise<BadRow[]> {
  const { data, locators } = await pool.runOnce({ kind: 'probe', range });
  const { table } = range;
  const columns = table.columns.map(({ target }) => quoteName(target)).join(', ');
  const broken: BadRow[] = [];
  await client.query('BEGIN');
  try {
    await client.query(
      `CREATE TEMP TABLE ${PROBE} ON COMMIT DROP AS SELECT ${columns} FROM ${quoteQualified(table.target)} WITH NO DATA;
       ALTER TABLE ${PROBE} ADD vatevo_place bigint GENERATED ALWAYS AS IDENTITY`,
    );
    const stream = client.query(copyFrom(`COPY ${PROBE} (${columns}) FROM STDIN (FORMAT binary)`));
    await pipeline(Readable.from([COPY_HEADER, data, COPY_TRAILER]), stream);
    for (const check of checks) {
      const { rows } = await client.query<{ place: string }>(
        `SELECT vatevo_place AS place FROM ${PROBE} WHERE NOT (${check.expression}) ORDER BY vatevo_place`,
      );
      const those = rows.map(({ place }) => locators[Number(place) - 1] as Locator);
      if (those.length > 0) broken.push(...(await describe(pool, table, those, check)));
    }
  } finally {
    await client.query('ROLLBACK');
  }
  return broken;
}

function describe(
  pool: ReaderPool,
  table: TablePlan,
  locators: readonly Locator[],
  check: CheckConstraint,
): Promise<readonly BadRow[]> {
  const columns = check.columns.flatMap((name) => table.columns.find(({ target }) => target === name) ?? []);
  return pool.runOnce({
    kind: 'describe',
    table: { ...table, leftOut: BROKEN },
    locators,
    column: columns.map(sourceName).join(', '),
    values: columns.map((column) => sourceExpression(column)),
    reason: `breaks the check ${check.name} of the target`,
    secret: columns.some((column) => column.secret),
  });
}
