import type { ClientBase } from 'pg';
import type { TablePlan, TransferPlan } from '../../plan/types.ts';
import { quoteQualified, quoteText } from '../../quote.ts';
import type { SequenceBehind } from '../target.ts';
import { furthest } from './furthest.ts';
import { WITH_PARTITIONS } from './partitions.ts';

/** A column whose new values come out of a sequence. */
export interface Fed {
  /** Qualified and quoted. */
  readonly sequence: string;
  readonly isDescending: boolean;
  readonly lowest: bigint;
  readonly highest: bigint;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Whether what the column holds is what the sequence gave out, and not made of it. */
  readonly isNumber: boolean;
}

/**
 * Every column that a sequence feeds: that owns it, or whose DEFAULT names it, by reference or by a name in a text. Two
 * columns may share one, and a column may have more than one.
 */
const FED = `
  WITH used AS (
    SELECT o.objid AS sequence, o.refobjid AS relation, o.refobjsubid AS position FROM pg_depend o
    WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0
      AND o.deptype IN ('a', 'i')
    UNION
    SELECT o.refobjid, d.adrelid, d.adnum FROM pg_attrdef d
    JOIN pg_depend o ON o.classid = 'pg_attrdef'::regclass AND o.objid = d.oid AND o.refclassid = 'pg_class'::regclass
    UNION
    SELECT coalesce(CASE WHEN named[1] NOT LIKE '%.%' THEN to_regclass(format('%I.%s', n.nspname, named[1])) END,
                    to_regclass(named[1])), d.adrelid, d.adnum
    FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
         regexp_matches(pg_get_expr(d.adbin, d.adrelid), $$nextval\\(\\(?'((?:[^']|'')+)'::text$$, 'g') AS named
  )
  SELECT format('%I.%I', sn.nspname, sc.relname) AS sequence, s.seqincrement < 0 AS "isDescending",
         s.seqmin::text AS lowest, s.seqmax::text AS highest,
         n.nspname AS schema, c.relname AS table, a.attname AS column,
         coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text IN ('smallint', 'integer', 'bigint', 'numeric') AS "isNumber"
  FROM used JOIN pg_sequence s ON s.seqrelid = used.sequence
  JOIN pg_class sc ON sc.oid = s.seqrelid JOIN pg_namespace sn ON sn.oid = sc.relnamespace
  JOIN pg_class c ON c.oid = used.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = used.relation AND a.attnum = used.position AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  WHERE s.seqrelid IN (
    SELECT mine.sequence FROM used mine WHERE mine.relation IN (${WITH_PARTITIONS}))
  ORDER BY 1, 5, 6, 7`;

/** Sequences of the schema that no column has anything to do with. */
const UNUSED = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sequence FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND n.nspname = $1 AND NOT format('%I.%I', n.nspname, c.relname) = ANY ($2)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                    AND d.deptype IN ('a', 'i'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = c.oid AND d.refclassid = 'pg_class'::regclass
                    AND d.classid = 'pg_attrdef'::regclass)
  ORDER BY 1`;

export async function findFed(client: ClientBase, plan: TransferPlan): Promise<Fed[]> {
  type Row = Record<'lowest' | 'highest', string> & Omit<Fed, 'lowest' | 'highest'>;
  const { rows } = await client.query<Row>(FED, [plan.tables.map(({ target }) => quoteQualified(target))]);
  return rows.map((row) => ({
    ...row,
    lowest: BigInt(row.lowest),
    highest: BigInt(row.highest),
  }));
}

/** A sequence, and how far the values reach that its columns hold or that were given out for them. */
interface Reach {
  readonly sequence: string;
  readonly isDescending: boolean;
  readonly last: bigint;
  /** The column that reaches so far. */
  readonly by: Fed;
}

async function reaches(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<Reach[]> {
  const found = new Map<string, Reach>();
  for (const fed of await findFed(client, plan)) {
    if (!fed.isNumber) continue;
    const { isDescending } = fed;
    const lasts = [
      await furthest(client, fed),
      isDescending ? undefined : highWaterMarksFor(fed, plan, highWaterMarks),
    ];
    for (const text of lasts) {
      if (text === undefined || text === null) continue;
      const last = BigInt(text);
      const known = found.get(fed.sequence);
      if (known && (isDescending ? known.last <= last : known.last >= last)) continue;
      found.set(fed.sequence, { sequence: fed.sequence, isDescending, last, by: fed });
    }
  }
  return [...found.values()];
}

/** AUTOINCREMENT is of the rowid: another column's sequence has nothing to do with it. */
function highWaterMarksFor(
  { schema, table, column }: Fed,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): bigint | undefined {
  const isKey = ({ target, rowid, columns }: TablePlan) =>
    target.schema === schema &&
    target.name === table &&
    columns.some(({ target: name, from }) => name === column && 'column' in from && from.column === rowid);
  return plan.tables.some(isKey) ? highWaterMarks.get(table) : undefined;
}

/** Sets each sequence behind the last id that is stored or was ever given out. Never moves one back. */
export async function advanceSequences(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<void> {
  for (const { sequence, last } of await behind(client, plan, highWaterMarks)) {
    await client.query('SELECT setval($1::text::regclass, $2::bigint, true)', [sequence, String(last)]);
  }
}

export async function sequencesBehind(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<SequenceBehind[]> {
  return (await behind(client, plan, highWaterMarks)).map(({ sequence, next, last, by }) => ({
    table: by.table,
    column: by.column,
    sequence,
    next,
    highest: last,
  }));
}

async function behind(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<(Reach & { readonly next: bigint })[]> {
  const found: (Reach & { readonly next: bigint })[] = [];
  for (const reach of await reaches(client, plan, highWaterMarks)) {
    const next = await nextValue(client, reach.sequence);
    if (reach.isDescending ? next >= reach.last : next <= reach.last) found.push({ ...reach, next });
  }
  return found;
}

/** What nextval would return. */
async function nextValue(client: ClientBase, sequence: string): Promise<bigint> {
  const { rows } = await client.query<{ next: string }>(
    `SELECT (CASE WHEN s.is_called THEN s.last_value + p.seqincrement ELSE s.last_value END)::text AS next
     FROM ${sequence} s, pg_sequence p WHERE p.seqrelid = ${quoteText(sequence)}::regclass`,
  );
  return BigInt((rows[0] as { next: string }).next);
}

/** Sequences that nothing can move along, each as a sentence. */
export async function sequencesLeftAlone(client: ClientBase, plan: TransferPlan): Promise<string[]> {
  const fed = await findFed(client, plan);
  const names = [...new Set(fed.map(({ sequence }) => sequence))];
  const { rows } = await client.query<{ sequence: string }>(UNUSED, [plan.schema, names]);
  return [
    ...fed
      .filter(({ isNumber }) => !isNumber)
      .map(
        ({ sequence, table, column }) =>
          `The sequence ${sequence} is part of what ${table}.${column} gets by default, which cannot be told from its values: it stays where it is`,
      ),
    ...rows.map(({ sequence }) => `The sequence ${sequence} belongs to no column: it stays where it is`),
  ];
}
