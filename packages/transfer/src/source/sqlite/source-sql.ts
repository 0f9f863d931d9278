import type { Database } from 'better-sqlite3';
import type { SqliteValue } from '../../column-types/types.ts';
import type { Locator, StoredText } from '../../plan/rows.ts';
import { type ColumnPlan, isCutByKey, type TablePlan } from '../../plan/types.ts';
import { quoteName, quoteText } from '../../quote.ts';
import type { RowRange } from '../source.ts';
import { CHANGE_LOG, keyColumn, pointerName } from './change-log.ts';

/** The alias of the table that a scan reads. */
const ROW = 't';

/**
 * A column's value in the source as a SQL expression over the row `t`.
 *
 * What points to another row is compared as a foreign key of SQLite is: `+` takes the pointing column's affinity away, by
 * which several texts of a unique key (`5`, `05`) would be one number.
 */
export function sourceExpression(column: ColumnPlan, row = ROW): string {
  if ('column' in column.from) return `${row}.${quoteName(column.from.column)}`;
  const { column: local, table, key, value } = column.from.through;
  return `(SELECT p.${quoteName(value)} FROM ${quoteName(table)} p WHERE p.${quoteName(key)} = +${row}.${quoteName(local)})`;
}

/** A part of a statement, and what its `?` stand for. */
interface Bound {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

/**
 * `FROM … [WHERE …]` of a range's rows, in an order that is the same every time: one statement behind the other, of which
 * each is answered from an index alone.
 */
function fromRange(range: RowRange): Bound[] {
  const { table, bounds, behind, changes, where } = range;
  const locators = locatorExpressions(table);
  const order = table.rowid === undefined ? keyOrder(table) : locators;
  const ranged = bounds !== undefined && table.rowid !== undefined;
  const fixed = [
    ...(ranged ? [`${locators[0]} BETWEEN ? AND ?`] : []),
    ...(changes ? [isChanged(table, changes)] : []),
    ...(where === undefined ? [] : [`(${where})`]),
    ...(table.excluded === undefined ? [] : [`NOT ${isListed(table, table.excluded)}`]),
  ];
  const values = ranged ? [bounds.lowest, bounds.highest] : [];
  const parts = behind ? partsBehind(table, behind) : [{ sql: '', values: [] }];
  return parts.map((part) => {
    const conditions = [...fixed, ...(part.sql ? [part.sql] : [])];
    const filter = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    return {
      sql: `FROM ${quoteName(table.source)} ${ROW}${filter} ORDER BY ${order.join(', ')}`,
      values: [...values, ...part.values],
    };
  });
}

/** The rows of a range, one after the other. */
export function selectRange(
  db: Database,
  range: RowRange,
  selected: string,
): IterableIterator<SqliteValue[]> {
  const rowsOf = ({ sql, values }: Bound) =>
    db
      .prepare(`SELECT ${selected} ${sql}`)
      .raw()
      .iterate(...values) as IterableIterator<SqliteValue[]>;
  const [first, ...others] = fromRange(range) as [Bound, ...Bound[]];
  return others.length === 0 ? rowsOf(first) : chained([first, ...others], rowsOf);
}

function* chained<Part, Item>(
  parts: readonly Part[],
  of: (part: Part) => Iterable<Item>,
): Generator<Item, undefined> {
  for (const part of parts) yield* of(part);
  return undefined;
}

/** The key's columns as its index compares them. */
function comparedKey(table: TablePlan): string[] {
  return keyExpressions(table).map((name, i) => {
    const collation = table.keyOrder?.[i]?.collation;
    return collation === undefined ? name : `${name} COLLATE ${quoteName(collation)}`;
  });
}

function keyOrder(table: TablePlan): string[] {
  return comparedKey(table).map((name, i) => (table.keyOrder?.[i]?.isDescending ? `${name} DESC` : name));
}

/** The keys that come behind one: those that begin as it does up to the last column, to the one before it, and so on. */
function partsBehind(table: TablePlan, behind: Locator): Bound[] {
  const key = comparedKey(table);
  const given = behind.map((value) => (isText(value) ? '+CAST(? AS TEXT)' : '?'));
  const values = behind.map((value) => (isText(value) ? value.text : value));
  return key
    .map((name, last) => {
      const same = key.slice(0, last).map((column, i) => `${column} = ${given[i]}`);
      const beyond = table.keyOrder?.[last]?.isDescending ? '<' : '>';
      return {
        sql: [...same, `${name} ${beyond} ${given[last]}`].join(' AND '),
        values: values.slice(0, last + 1),
      };
    })
    .reverse();
}

function isText(value: Locator[number]): value is StoredText {
  return value !== null && typeof value === 'object' && 'text' in value;
}

/**
 * That the change log names the key of a row `t`, within two places of the log.
 *
 * A text key may have a collation by which other keys are the same: rows are found by it, as its index is, and
 * told by their bytes.
 */
export function isChanged(table: TablePlan, changes: Changes): string {
  if (isCutByKey(table) || table.rowid === undefined) return hasChangedKey(table, changes);
  // By their rowids, which come in order: rows that were found by their keys would be sorted, with all of their values.
  const [rowid] = locatorExpressions(table);
  return `${rowid} IN (SELECT ${rowid} FROM ${quoteName(table.source)} ${ROW} WHERE ${hasChangedKey(table, changes)})`;
}

function hasChangedKey(table: TablePlan, changes: Changes): string {
  const key = keyExpressions(table);
  const isNamed = (of: readonly string[]) =>
    `${of.length === 1 ? of[0] : `(${of.join(', ')})`} IN (${changedKeys(table, changes)})`;
  if (isCutByKey(table)) return isNamed(key);
  return `${isNamed(key)} AND ${isNamed(key.map((column) => `+${column} COLLATE BINARY`))}`;
}

type Changes = NonNullable<RowRange['changes']>;

/**
 * The distinct keys of a table that changed between two places of the change log: those that it names, and those of
 * rows that hold a value of a row which changed.
 */
export function changedKeys(table: TablePlan, { after, upTo }: Changes): string {
  const columns = table.key.map((_, i) => keyColumn(i)).join(', ');
  const lines = (tbl: string) =>
    `FROM ${CHANGE_LOG} WHERE tbl = ${quoteText(tbl)} AND seq > ${after} AND seq <= ${upTo}`;
  const key = keyExpressions(table).map((name, i) => `${name} AS ${keyColumn(i)}`);
  const pointing = pointers(table).flatMap((column) => {
    const pointer = `${ROW}.${quoteName(column)}`;
    const pointed = lines(pointerName(table.source, column));
    const some = (kinds: string) => `${pointed} AND typeof(k0) IN (${kinds})`;
    // Where nothing that is pointed to has changed, the rows are not looked at: the pointer need not have an index.
    const select = (...needed: readonly string[]) =>
      `SELECT ${key.join(', ')} FROM ${needed.map((found) => `(SELECT 1 ${found} LIMIT 1) CROSS JOIN`).join(' ')}
       ${quoteName(table.source)} ${ROW} WHERE`;
    // A logged key has no type. What a comparison makes of one that has is looked for beside it: rows too many do no harm.
    return [
      `${select(pointed)} ${pointer} IN (SELECT k0 ${pointed})`,
      // A text may be equal to another by its collation, and to a number.
      `${select(some("'text'"))} lower(rtrim(${pointer})) IN (SELECT lower(rtrim(k0)) ${pointed})`,
      `${select(some("'text'"))} ${pointer} IN (SELECT CAST(k0 AS NUMERIC) ${some("'text'")})`,
      `${select(some("'integer', 'real'"), holdsNumbersAsTexts(table.source, column))}
       typeof(${pointer}) = 'text' AND CAST(${pointer} AS NUMERIC) IN (SELECT k0 ${some("'integer', 'real'")})`,
    ];
  });
  return [`SELECT DISTINCT ${columns} ${lines(table.source)}`, ...pointing].join(' UNION ');
}

/** `FROM …`, with a row where a column may hold a text that reads as a number (SQLite manual, Datatypes, 3.1). */
function holdsNumbersAsTexts(table: string, column: string): string {
  const has = (word: string) => `instr(upper(type), '${word}') > 0`;
  return `FROM pragma_table_xinfo(${quoteText(table)}) WHERE name = ${quoteText(column)} COLLATE NOCASE
    AND NOT ${has('INT')} AND (type = '' OR ${['CHAR', 'CLOB', 'TEXT', 'BLOB'].map(has).join(' OR ')})`;
}

/** The columns of a table by which values come from other rows. */
function pointers({ columns }: TablePlan): string[] {
  return [...new Set(columns.flatMap(({ from }) => ('through' in from ? [from.through.column] : [])))];
}

/** What locates a row within one state of the source: its rowid, or its key where there is none. */
export function locatorExpressions(table: TablePlan, row = ROW): string[] {
  const names = table.rowid === undefined ? table.key : [table.rowid];
  return names.map((name) => `${row}.${quoteName(name)}`);
}

/** That a row's locators stand in a list of the connection, whose columns are `l0`, `l1`, … */
export function isListed(table: TablePlan, list: string, row = ROW): string {
  // `+` takes a column's affinity away: the list has none, and only so is the list's index of use.
  const affinity = table.rowid === undefined ? '+' : '';
  const same = locatorExpressions(table, row).map((locator, i) => `x.l${i} IS ${affinity}${locator}`);
  return `EXISTS (SELECT 1 FROM temp.${quoteName(list)} x WHERE ${same.join(' AND ')})`;
}

/** That a row is the one of the list's line `x`, found by the table's own key. A key may hold NULL. */
export function sameLocators(table: TablePlan, row = ROW): string {
  return locatorExpressions(table, row)
    .map((locator, i) => `${locator} IS x.l${i}`)
    .join(' AND ');
}

/** The locators so that no byte of theirs is lost: for each whether it is text, and then its bytes. */
export function exactLocators(table: TablePlan): string[] {
  return locatorExpressions(table).flatMap((locator) => [
    `typeof(${locator}) = 'text'`,
    `iif(typeof(${locator}) = 'text', CAST(${locator} AS BLOB), ${locator})`,
  ]);
}

/** The key's columns as SQL expressions over the row `t`. */
export function keyExpressions(table: TablePlan): string[] {
  return table.key.map((name) => `${ROW}.${quoteName(name)}`);
}

/** Terms with an operator between: SQLite takes no expression that is nested deeper than 1,000, as one after the other would be. */
export function balanced(terms: readonly string[], operator: string): string {
  if (terms.length < 3) return terms.join(` ${operator} `) || '0';
  const half = terms.length >> 1;
  return `(${balanced(terms.slice(0, half), operator)}) ${operator} (${balanced(terms.slice(half), operator)})`;
}

/**
 * Values so that no byte of a text is lost, with one column before them that marks by `1` which of them are texts: as many
 * marks as values would be more than a result of SQLite has.
 */
export function exactValues(values: readonly string[]): string[] {
  const marks = values.map((value) => `(typeof(${value}) = 'text')`);
  return [
    balanced(["''", ...marks], '||'),
    ...values.map((value) => `iif(typeof(${value}) = 'text', CAST(${value} AS BLOB), ${value})`),
  ];
}

/** What {@link exactValues} selects. @param textOf what becomes of the bytes of a text */
export function readExact<Text>(
  [marks, ...values]: readonly SqliteValue[],
  textOf: (bytes: Buffer) => Text,
): (SqliteValue | Text)[] {
  return values.map((value, i) => ((marks as string)[i] === '1' ? textOf(value as Buffer) : value));
}
