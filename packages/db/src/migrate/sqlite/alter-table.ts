import { type ColumnSql, checksOf, foldName, tokensOf } from '@vatevo/sqlite-sql';
import Database from 'better-sqlite3';
import { quote } from '../../quote.ts';
import { type EnumColumn, enumCheck, holdsToEnum, listsOf } from '../../schema/enum-columns.ts';
import { MigrateError } from '../error.ts';
import type { ColumnShape, IndexShape, OtherShape, TableShape } from './shape.ts';

export interface TableChange {
  readonly database: Database.Database;
  readonly old: TableShape;
  readonly wanted: TableShape;
  /** False: Prisma finds nothing to change, and only the enums are looked at. */
  readonly isCompared: boolean;
  readonly enums: readonly EnumColumn[];
  readonly formerEnums: readonly EnumColumn[];
  /** Views and other tables' triggers that name the table. */
  readonly dependents: readonly OtherShape[];
}

/** The statements that make a new table, with the CHECKs of its enums. */
export function createTable({ name, sql }: TableShape, enums: readonly EnumColumn[]): string {
  const lines = [
    ...sql.columns.map((column) => column.sql),
    ...enums.map(enumCheck),
    ...sql.constraints.map((constraint) => constraint.sql),
  ];
  return `-- CreateTable\n${printTable(name, lines, sql.options)}`;
}

/** The statements, a part each, that make one table of another; none when it is that already. */
export function alterTable(change: TableChange): string[] {
  const { old, wanted, isCompared, enums, formerEnums } = change;
  const added = isCompared ? wanted.columns.filter(({ name }) => !has(old, name)) : [];
  const removed = isCompared
    ? old.columns.filter(({ name, isGenerated }) => !isGenerated && !has(wanted, name))
    : [];
  const changed = isCompared
    ? old.columns.filter((column) => {
        const other = find(wanted, column.name);
        return other && !column.isGenerated && other.signature !== column.signature;
      })
    : [];
  const isStale = (column: EnumColumn) => has(old, column.column) && !holdsToEnum(old.sql, column);
  const freed = formerEnums.filter(
    ({ column }) =>
      has(wanted, column) &&
      !enums.some((other) => other.column === column) &&
      listsOf(checksOf(old.sql), column).length > 0,
  );
  // A key that an added column brings with it is no reason to make the table anew.
  const keysChange =
    isCompared &&
    !isSame(
      old.foreignKeys,
      withoutKeysOf(
        added.filter((column) => isAddable(change, column)),
        wanted,
      ),
    );

  const dropped = droppedIndexes(change, removed);
  const parts = dropped.map(({ name }) => `-- DropIndex\nDROP INDEX ${quote(name)};`);
  const needsRebuild =
    changed.length > 0 ||
    keysChange ||
    (isCompared && (old.countsUp !== wanted.countsUp || !isSameList(old.primaryKey, wanted.primaryKey))) ||
    enums.some(isStale) ||
    freed.length > 0 ||
    added.some((column) => !isAddable(change, column)) ||
    !canDrop(change, removed, dropped);
  if (needsRebuild) {
    const allKeysChange = isCompared && !isSame(old.foreignKeys, wanted.foreignKeys);
    parts.push(rebuild({ ...change, added, removed, changed, freed, keysChange: allKeysChange, dropped }));
  } else {
    parts.push(...added.map((column) => addColumn(change, column)));
  }
  parts.push(
    ...removed.map(({ name }) => `-- AlterTable\nALTER TABLE ${quote(old.name)} DROP COLUMN ${quote(name)};`),
  );
  return parts;
}

/**
 * What `ALTER TABLE ADD COLUMN` can do (https://sqlite.org/lang_altertable.html#alter_table_add_column): no key,
 * no default that is computed, no reference unless the rows there get NULL. A column that must not be NULL and has
 * no default is left to it, too: it refuses that on a table with rows, and so does every other way.
 */
function isAddable({ wanted }: TableChange, { name, defaultSql }: ColumnShape): boolean {
  if (wanted.primaryKey.includes(name)) return false;
  if (defaultSql !== null && isComputed(defaultSql)) return false;
  const keys = wanted.sql.constraints.filter(({ columns }) => columns.includes(foldName(name)));
  return keys.every(
    ({ kind, columns }) => kind === 'foreign key' && columns.length === 1 && defaultSql === null,
  );
}

function isComputed(sql: string): boolean {
  return tokensOf(sql).some(({ kind, text }) => text === '(' || (kind === 'word' && /^current_/i.test(text)));
}

function addColumn({ wanted, enums }: TableChange, { name }: ColumnShape): string {
  const parts = [definitionOf(wanted, name).sql];
  for (const { kind, columns, sql } of wanted.sql.constraints) {
    // The constraint of a table is that of a column when the list of its columns is left out.
    if (kind === 'foreign key' && columns.includes(foldName(name))) {
      parts.push(sql.replace(/\bFOREIGN\s+KEY\s*\([^)]*\)\s*/i, ''));
    }
  }
  parts.push(...enums.filter(({ column }) => column === name).map(enumCheck));
  return `-- AlterTable\nALTER TABLE ${quote(wanted.name)} ADD COLUMN ${parts.join(' ')};`;
}

/** Indexes that the schema no longer has, and those that read a column which goes. */
function droppedIndexes(
  { old, wanted, isCompared }: TableChange,
  removed: readonly ColumnShape[],
): readonly IndexShape[] {
  if (!isCompared) return [];
  return old.indexes.filter(({ name, signature, words }) => {
    if (removed.some((column) => words.has(column.name.toLowerCase()))) return true;
    if (signature === undefined) return false;
    return wanted.indexes.find((index) => index.name === name)?.signature !== signature;
  });
}

/** Whether SQLite drops the columns from the table as it is: tried on a copy. */
function canDrop(
  { database, old }: TableChange,
  removed: readonly ColumnShape[],
  dropped: readonly IndexShape[],
): boolean {
  if (removed.length === 0) return true;
  const copy = new Database(database.serialize());
  try {
    for (const { name } of dropped) copy.exec(`DROP INDEX ${quote(name)}`);
    for (const { name } of removed) copy.exec(`ALTER TABLE ${quote(old.name)} DROP COLUMN ${quote(name)}`);
    return true;
  } catch {
    return false;
  } finally {
    copy.close();
  }
}

interface Rebuild extends TableChange {
  readonly added: readonly ColumnShape[];
  /** They are kept here, and dropped behind it by a statement of their own. */
  readonly removed: readonly ColumnShape[];
  readonly changed: readonly ColumnShape[];
  readonly freed: readonly EnumColumn[];
  readonly keysChange: boolean;
  readonly dropped: readonly IndexShape[];
}

/** Makes a table anew, by SQLite's own recipe: https://sqlite.org/lang_altertable.html#otheralter */
function rebuild(change: Rebuild): string {
  const { old, wanted, changed, freed, dropped, dependents } = change;
  const name = old.name;
  const fresh = freshName(change.database, `new_${name}`);
  const copied = old.columns.filter(({ isGenerated }) => !isGenerated).map((column) => quote(column.name));
  const lines: string[] = [
    `-- RedefineTable ${name}`,
    'PRAGMA defer_foreign_keys=ON;',
    'PRAGMA foreign_keys=OFF;',
  ];
  for (const { type, name: other } of [...dependents].reverse()) {
    lines.push(`DROP ${type.toUpperCase()} IF EXISTS ${quote(other)};`);
  }
  for (const { name: column, isRequired } of changed) {
    const now = find(wanted, column);
    if (isRequired || !now?.isRequired || now.defaultSql === null) continue;
    lines.push(
      '-- These must not be NULL any more.',
      `UPDATE ${quote(name)} SET ${quote(column)} = ${now.defaultSql} WHERE ${quote(column)} IS NULL;`,
    );
  }
  lines.push(
    printTable(fresh, definitions(change), old.sql.options),
    `INSERT INTO ${quote(fresh)} (${copied.join(', ')}) SELECT ${copied.join(', ')} FROM ${quote(name)};`,
  );
  if (old.countsUp && wanted.countsUp) {
    const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
    lines.push(
      '-- Ids that were assigned are not assigned again, even where their rows are gone.',
      `DELETE FROM sqlite_sequence WHERE name = ${text(fresh)};`,
      `INSERT INTO sqlite_sequence (name, seq) SELECT ${text(fresh)}, seq FROM sqlite_sequence WHERE name = ${text(name)};`,
    );
  }
  if (freed.length > 0) {
    const columns = freed.map(({ column }) => column).join(', ');
    lines.push(`-- lint: allow drop-check because the schema no longer has an enum for ${columns}`);
  }
  if (old.countsUp && !wanted.countsUp) {
    lines.push('-- lint: allow change-table because the schema no longer counts up its ids');
  }
  lines.push(`DROP TABLE ${quote(name)};`, `ALTER TABLE ${quote(fresh)} RENAME TO ${quote(name)};`);
  for (const index of old.indexes) if (!dropped.includes(index)) lines.push(`${index.sql};`);
  for (const trigger of old.triggers) lines.push(`${trigger};`);
  for (const { sql } of dependents) lines.push(`${sql};`);
  lines.push('PRAGMA foreign_keys=ON;', 'PRAGMA defer_foreign_keys=OFF;');
  return lines.join('\n');
}

/** The columns and constraints of the new table: the old one's own words wherever nothing changes. */
function definitions({ old, wanted, added, removed, changed, freed, keysChange, enums }: Rebuild): string[] {
  const keyChanges = !isSameList(old.primaryKey, wanted.primaryKey);
  const isListed = (column: string) =>
    [...enums, ...freed].some((other) => foldName(other.column) === foldName(column));
  const columns = old.sql.columns.map((column) => {
    const { name } = column;
    const refers = /\breferences\b/i.test(column.sql);
    const isChanged = changed.some((other) => other.name === name);
    if (removed.some((other) => other.name === name)) {
      const type = find(old, name)?.type ?? '';
      const isBare = refers || (keyChanges && old.primaryKey.includes(name));
      return isBare ? `${quote(name)} ${type}`.trim() : withoutLists(column, true);
    }
    if (!isChanged && !(keysChange && refers)) return withoutLists(column, isListed(name));
    const extras = column.extras.filter(
      (extra) =>
        !isListed(name) || !column.checks.some((check) => check.sql === extra && isList(column, check.sql)),
    );
    return [definitionOf(wanted, name).sql, ...extras].join(' ');
  });
  const constraints = old.sql.constraints.filter(({ kind, check, sql }) => {
    if (kind === 'primary key') return !keyChanges;
    if (kind === 'foreign key') return !keysChange;
    return kind === 'unique' || !isGoing(check?.words ?? new Set(), sql);
  });
  const fromWanted = wanted.sql.constraints.filter(
    ({ kind }) => (kind === 'foreign key' && keysChange) || (kind === 'primary key' && keyChanges),
  );
  return [
    ...columns,
    ...added.map(({ name }) => definitionOf(wanted, name).sql),
    ...enums.map(enumCheck),
    ...constraints.map(({ sql }) => sql),
    ...fromWanted.map(({ sql }) => sql),
  ];

  /** Lists of values are written anew; a CHECK of a column that goes, goes. */
  function isGoing(words: ReadonlySet<string>, sql: string): boolean {
    if (
      enums
        .concat(freed)
        .some(({ column }) => listsOf(checksOf(old.sql), column).some((check) => sql.endsWith(check.sql)))
    )
      return true;
    const read = old.columns.filter(({ name }) => words.has(foldName(name)));
    const stays = read.filter((column) => !removed.includes(column));
    if (stays.length === read.length) return false;
    if (stays.length === 0) return true;
    throw new MigrateError(
      `${sql} of ${old.name} reads ${read.map(({ name }) => name).join(', ')}, of which not all stay: what becomes of it has to be written by hand. Run pnpm db:migrate with --empty, write the SQLite migration, and run pnpm db:migrate --record.`,
    );
  }
}

/** A column as it is, without the list of values that stands at it. */
function withoutLists(column: ColumnSql, isListed: boolean): string {
  if (!isListed) return column.sql;
  return column.checks
    .filter(({ sql }) => isList(column, sql))
    .reduce((text, { sql }) => text.replace(sql, '').replace(/\s+$/, ''), column.sql);
}

function isList(column: ColumnSql, check: string): boolean {
  return listsOf(column.checks, column.name).some(({ sql }) => sql === check);
}

function printTable(name: string, lines: readonly string[], options: string): string {
  return `CREATE TABLE ${quote(name)} (\n    ${lines.join(',\n    ')}\n)${options === '' ? '' : ` ${options}`};`;
}

function freshName(database: Database.Database, wish: string): string {
  const isTaken = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE');
  let name = wish;
  while (isTaken.get(name)) name = `${name}_`;
  return name;
}

function find(table: TableShape, name: string): ColumnShape | undefined {
  return table.columns.find((column) => foldName(column.name) === foldName(name));
}

function has(table: TableShape, name: string): boolean {
  return find(table, name) !== undefined;
}

function definitionOf({ sql, name: table }: TableShape, name: string): ColumnSql {
  const column = sql.columns.find((other) => foldName(other.name) === foldName(name));
  if (!column) throw new Error(`${table} has no column ${name}`);
  return column;
}

/** The wanted foreign keys without those that one of these columns, and nothing else, brings. */
function withoutKeysOf(added: readonly ColumnShape[], { foreignKeys }: TableShape): Set<string> {
  const names = new Set(added.map(({ name }) => foldName(name)));
  return new Set(
    [...foreignKeys].filter((key) => {
      const columns = key
        .split(' ')
        .filter((part) => part.includes('>'))
        .map((part) => part.split('>')[0] ?? '');
      return !columns.every((column) => names.has(column));
    }),
  );
}

function isSame(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((value) => others.has(value));
}

function isSameList(some: readonly string[], others: readonly string[]): boolean {
  return (
    some.length === others.length && some.every((value, at) => foldName(value) === foldName(others[at] ?? ''))
  );
}
