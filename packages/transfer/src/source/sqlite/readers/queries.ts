import type { Database } from 'better-sqlite3';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { RefusedValue } from '../../../plan/rows.ts';
import { showKey, showValue } from '../../../plan/show.ts';
import { sourceColumns, type TablePlan } from '../../../plan/types.ts';
import { quoteName, quoteText } from '../../../quote.ts';
import type { RelationResult, RelationRule, TableExtent } from '../../source.ts';
import { findCuts } from '../ranges.ts';
import { isTooBig, usedBytes } from '../size.ts';
import { balanced, keyExpressions } from '../source-sql.ts';
import { MAX_REFUSALS_A_RANGE } from './protocol.ts';

const SAMPLED_ROWS = 64n;
/** Rows that are counted where nobody may be able to write meanwhile, and pages that are looked at. */
const COUNTED_ROWS = 5_000;
const SAMPLED_PAGES = 200;
/** Faults of the file that are listed at the most. */
const MAX_FAULTS = 20;
/** Lines of a check that is not to end early, and of that of one table, which always does (sqlite.org/pragma.html). */
const WHOLE = 2 ** 31 - 1;
const LINES_A_TABLE = 100;

/**
 * `PRAGMA integrity_check`: what is wrong with the file, nothing when it is sound. What a column's own rules say of its
 * values is no matter of the file: the target has rules of its own.
 */
export function checkIntegrity(db: Database): string[] {
  // Damage may be told of behind any number of values.
  return foundIn(db, `${WHOLE}`)?.damage ?? eachTable(db).flatMap((table) => damageOf(db, table));
}

function damageOf(db: Database, table: string): readonly string[] {
  const found = foundIn(db, quoteText(table), true);
  if (found === undefined) return [];
  const isCut = found.lines >= LINES_A_TABLE;
  return isCut && found.damage.length === 0
    ? [`too many values of ${table} break its own rules for the rest of it to be checked`]
    : found.damage;
}

/**
 * Undefined where an index is ordered by a collation that only the application has, or a value is too large to be read: then
 * the table is checked for itself, of which the pages come first. That value is read, and proven, by other means.
 */
function foundIn(
  db: Database,
  argument: string,
  isOfTable = false,
): { damage: string[]; lines: number } | undefined {
  const damage: string[] = [];
  let lines = 0;
  try {
    const check = db.prepare(`PRAGMA integrity_check(${argument})`).pluck();
    for (const line of check.iterate() as IterableIterator<string>) {
      lines++;
      if (/^(?:ok$|NULL value in |CHECK constraint failed in )/.test(line)) continue;
      if (damage.push(line) >= MAX_FAULTS) break;
    }
    return { damage, lines };
  } catch (error) {
    if (/^no such collation sequence/.test((error as Error).message)) return undefined;
    if (!isTooBig(error)) throw error;
    return damage.length > 0 || isOfTable ? { damage, lines } : undefined;
  }
}

function eachTable(db: Database): string[] {
  return db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0`)
    .pluck()
    .all() as string[];
}

/** @param roughly the rows are estimated, and pieces of them found: counting holds up whoever writes */
export function measureExtent(db: Database, table: TablePlan, roughly = false): TableExtent {
  const name = quoteName(table.source);
  const count = () => Number(db.prepare(`SELECT count(*) FROM ${name}`).pluck().get());
  if (table.rowid === undefined) return { rows: roughly ? estimateRows(db, table.source) : count() };
  const rowid = quoteName(table.rowid);
  // Two statements: SQLite answers min or max alone from the ends of the tree.
  const end = (of: 'min' | 'max') =>
    db.prepare(`SELECT ${of}(${rowid}) FROM ${name}`).pluck().get() as bigint | null;
  const lowest = end('min');
  const highest = end('max');
  if (lowest === null || highest === null) return { rows: 0 };
  const bounds = { lowest, highest };
  const rowBytes = sampleRowBytes(db, table, bounds);
  if (!roughly) return { rows: count(), bounds, rowBytes };
  const rows = Math.min(Number(highest - lowest + 1n), Math.ceil(usedBytes(db) / Math.max(1, rowBytes)));
  const seek = db.prepare(
    `SELECT ${rowid} FROM ${name} WHERE ${rowid} BETWEEN ? AND ? ORDER BY ${rowid} LIMIT 1 OFFSET ?`,
  );
  const cuts = findCuts(bounds, rows, (...of) => seek.pluck().get(...of) as bigint | undefined);
  return { rows, bounds, cuts };
}

/** Rows of a table without rowids from the first pages of its tree: counting takes as long as reading them all. */
function estimateRows(db: Database, table: string): number {
  const few = db.prepare(`SELECT count(*) FROM (SELECT 1 FROM ${quoteName(table)} LIMIT ${COUNTED_ROWS})`);
  const counted = Number(few.pluck().get());
  if (counted < COUNTED_ROWS) return counted;
  const pages = db.prepare(
    `SELECT length(path), pagetype, ncell FROM dbstat WHERE name = ${quoteText(table)} LIMIT ${SAMPLED_PAGES}`,
  );
  const cells = new Map<string, { pages: number; cells: number }>();
  for (const [depth, type, count] of pages.raw().iterate() as IterableIterator<[bigint, string, bigint]>) {
    if (type === 'overflow') continue;
    const level = cells.get(type === 'leaf' ? type : `${depth}`) ?? { pages: 0, cells: 0 };
    cells.set(type === 'leaf' ? type : `${depth}`, level);
    level.pages++;
    level.cells += Number(count);
  }
  const { leaf = { pages: 1, cells: counted }, ...inner } = Object.fromEntries(cells);
  const mean = (level: typeof leaf) => level.cells / level.pages;
  // A page has one more page below it than rows of its own.
  const leaves = Object.values(inner).reduce((product, level) => product * (mean(level) + 1), 1);
  return Math.max(counted, Math.round(leaves * (mean(leaf) + 1) - 1));
}

/** Bytes of a row's values, as SQL. */
function rowSize(columns: TablePlan['columns']): string {
  return balanced(
    [...sourceColumns(columns)].map((name) => `coalesce(octet_length(${quoteName(name)}), 0)`),
    '+',
  );
}

/** The same rows every time: ranges are cut by it. */
function sampleRowBytes(
  db: Database,
  { source, rowid = '', columns }: TablePlan,
  { lowest, highest }: NonNullable<TableExtent['bounds']>,
): number {
  const sample = db
    .prepare(
      `SELECT ${rowSize(columns)} FROM ${quoteName(source)} WHERE ${quoteName(rowid)} >= ? ORDER BY ${quoteName(rowid)} LIMIT 1`,
    )
    .pluck();
  let bytes = 0;
  for (let i = 0n; i < SAMPLED_ROWS; i++) {
    bytes += Number(sample.get(lowest + ((highest - lowest) * i) / SAMPLED_ROWS));
  }
  return bytes / Number(SAMPLED_ROWS);
}

export function checkRelation(db: Database, rule: RelationRule): RelationResult {
  const { table, column, reason, secret, condition } = rule;
  const selected = [...keyExpressions(table), ...rule.values];
  const sql = `SELECT ${selected.join(', ')} FROM ${quoteName(table.source)} t WHERE ${condition}`;
  const refusals: RefusedValue[] = [];
  let refusedValues = 0;
  for (const row of db.prepare(sql).raw().iterate() as IterableIterator<SqliteValue[]>) {
    refusedValues++;
    if (refusals.length >= MAX_REFUSALS_A_RANGE) continue;
    const values = row.slice(table.key.length).map(showValue).join(', ');
    refusals.push({
      table: table.source,
      key: showKey(table, row),
      column,
      reason,
      value: secret ? '(hidden)' : values,
    });
  }
  return { refusedValues, refusals };
}
