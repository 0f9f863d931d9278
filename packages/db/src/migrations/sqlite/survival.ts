import {
  type CheckSql,
  checksOf,
  foldName,
  isWord,
  normalize,
  readTableSql,
  type TableSql,
} from '@vatevo/sqlite-sql';
import type Database from 'better-sqlite3';
import { quote } from '../../quote.ts';
import type { SqliteStatement } from './statements.ts';

/** Something that a migration takes away without a statement that says so. */
export interface Loss {
  readonly kind: 'table' | 'column' | 'values' | 'rows' | 'check' | 'index' | 'trigger' | 'view' | 'property';
  /** The table that it belongs to, or its own name. */
  readonly table: string;
  /** What is lost, as the object of a sentence: `column tenants.city`. */
  readonly what: string;
}

export interface SurvivalOptions {
  /** Compares every value; else rows are only counted, which a large file bears. */
  readonly compareValues: boolean;
}

interface TableState {
  readonly name: string;
  readonly sql: TableSql | undefined;
  readonly columns: ReadonlyMap<string, ColumnState>;
  /** The highest id that was ever assigned; null where none is remembered. */
  readonly highWater: bigint | null;
  readonly rowCount: number;
  /** Each row's values by column; empty when they are not compared. */
  readonly rows: readonly (readonly unknown[])[];
}

interface ColumnState {
  readonly name: string;
  readonly at: number;
  readonly type: string;
}

interface FileState {
  readonly tables: ReadonlyMap<string, TableState>;
  readonly others: ReadonlyMap<string, SchemaRow>;
}

interface SchemaRow {
  readonly type: 'table' | 'index' | 'trigger' | 'view';
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

/**
 * Watches over one migration on a database with rows: whatever the database held before is there behind it, or
 * the migration says by a statement of its own that it goes (`DROP COLUMN`, `DROP TABLE`, `DROP INDEX`, `UPDATE`,
 * `DELETE` …). SQLite changes most of a table by making another one in its place, and all that the new one's
 * maker did not think of goes without a word.
 *
 * @example
 * const watch = new SurvivalWatch(database, { compareValues: true });
 * for (const statement of statementsOf(script)) watch.run(statement);
 * const losses = watch.losses();
 */
export class SurvivalWatch {
  readonly #database: Database.Database;
  readonly #options: SurvivalOptions;
  readonly #said: SqliteStatement[] = [];
  readonly #losses: Loss[] = [];
  #before: FileState;

  constructor(database: Database.Database, options: SurvivalOptions) {
    this.#database = database;
    this.#options = options;
    this.#before = readState(database, options);
  }

  /** Runs a statement of the migration. What the database throws is thrown on. */
  run(statement: SqliteStatement): void {
    const { deed } = statement;
    const changed = deed.kind === 'change-rows' ? this.#before.tables.get(deed.table) : undefined;
    const isMadeAnew = deed.kind === 'change-rows' && deed.verb === 'insert' && this.#touches(deed.table);
    if (changed === undefined || isMadeAnew) {
      this.#database.exec(statement.sql);
      this.#said.push(statement);
      return;
    }
    // What was lost up to here was not said; what this statement changes is.
    const now = readTable(this.#database, changed.name, this.#options);
    if (now) this.#losses.push(...compareRows(changed, now, this.#said));
    this.#database.exec(statement.sql);
    this.#said.push(statement);
    const after = readTable(this.#database, changed.name, this.#options);
    if (!after) return;
    // The structure is still compared with that before the migration.
    const columns = new Map(
      [...changed.columns].map(([name, column]) => [name, after.columns.get(name) ?? column]),
    );
    const merged = { ...changed, columns, rows: after.rows, rowCount: after.rowCount };
    this.#before = {
      ...this.#before,
      tables: new Map(this.#before.tables).set(foldName(changed.name), merged),
    };
  }

  /** What is gone and was not said to go. */
  losses(): Loss[] {
    const after = readState(this.#database, this.#options);
    const losses = [...this.#losses];
    for (const [name, before] of this.#before.tables) {
      const now = after.tables.get(name) ?? after.tables.get(this.#renamed(name));
      if (now) losses.push(...this.#compareTable(before, now));
      else if (!this.#says('drop', name, 'table') || this.#isCopied(name)) {
        losses.push({ kind: 'table', table: before.name, what: `table ${before.name}` });
      }
    }
    for (const [key, before] of this.#before.others) {
      const now = after.others.get(key);
      const table = foldName(before.tbl_name);
      const isGoneWithTable =
        before.type !== 'view' && !after.tables.has(table) && !after.others.has(`view ${table}`);
      if (isGoneWithTable || this.#says('drop', foldName(before.name), before.type)) continue;
      if (now && (normalize(now.sql ?? '') === normalize(before.sql ?? '') || this.#renames())) continue;
      const what = `${before.type} ${before.name}`;
      losses.push({
        kind: before.type,
        table: before.tbl_name,
        what: now ? `${what} as it was (${before.sql})` : what,
      });
    }
    return losses;
  }

  #compareTable(before: TableState, now: TableState): Loss[] {
    const losses: Loss[] = [];
    const table = before.name;
    const key = foldName(table);
    const isLost = (column: string) =>
      !now.columns.has(column) && !now.columns.has(renamedColumn(this.#said, key, column));
    for (const [name, column] of before.columns) {
      if (!isLost(name) || this.#saysColumn(key, name)) continue;
      losses.push({ kind: 'column', table, what: `column ${table}.${column.name}, with what is in it` });
    }
    if (before.sql && now.sql) losses.push(...lostChecks(before.sql, now.sql, table, isLost));
    losses.push(...lostProperties(before, now, isLost));
    losses.push(...compareRows(before, now, this.#said));
    if (before.highWater !== null && (now.highWater === null || now.highWater < before.highWater)) {
      losses.push({
        kind: 'property',
        table,
        what: `the AUTOINCREMENT high-water mark of ${table} (sqlite_sequence)`,
      });
    }
    return losses;
  }

  #says(kind: 'drop', name: string, what: SchemaRow['type']): boolean {
    return this.#said.some(({ deed }) => deed.kind === kind && deed.what === what && deed.name === name);
  }

  #saysColumn(table: string, column: string): boolean {
    return this.#said.some(
      ({ deed }) => deed.kind === 'drop-column' && deed.table === table && deed.column === column,
    );
  }

  /** What a table is called behind the migration. */
  #renamed(name: string): string {
    let renamed = name;
    for (const { deed } of this.#said)
      if (deed.kind === 'rename-table' && deed.table === renamed) renamed = deed.to;
    return renamed;
  }

  /** SQLite itself writes new names into triggers and indexes. */
  #renames(): boolean {
    return this.#said.some(
      ({ deed }) =>
        deed.kind === 'rename-column' ||
        (deed.kind === 'rename-table' && this.#before.tables.has(deed.table)),
    );
  }

  /** Whether a table was dropped or given another name, and so is not the one that it was. */
  #touches(name: string): boolean {
    return this.#said.some(
      ({ deed }) =>
        (deed.kind === 'drop' && deed.name === name) ||
        (deed.kind === 'rename-table' && (deed.table === name || deed.to === name)),
    );
  }

  /** Whether rows of a table were copied into another one: then it was to be made anew, and not to go. */
  #isCopied(name: string): boolean {
    return this.#said.some(
      ({ tokens }) =>
        isWord(tokens[0], 'INSERT', 'REPLACE', 'CREATE') &&
        tokens.some(
          (token, at) => isWord(token, 'FROM', 'JOIN') && foldName((tokens[at + 1] ?? token).value) === name,
        ),
    );
  }
}

function renamedColumn(said: readonly SqliteStatement[], table: string, column: string): string {
  let renamed = column;
  for (const { deed } of said) {
    if (deed.kind === 'rename-column' && deed.table === table && deed.column === renamed) renamed = deed.to;
  }
  return renamed;
}

/** A CHECK goes with a column that it reads, and lists of values are held to the rows instead of to their text. */
function lostChecks(
  before: TableSql,
  now: TableSql,
  table: string,
  isLost: (column: string) => boolean,
): Loss[] {
  const present = new Set(checksOf(now).map(({ expression }) => expression));
  const lists = new Set(checksOf(now).flatMap((check) => listedColumn(check) ?? []));
  return checksOf(before)
    .filter((check) => {
      if (present.has(check.expression)) return false;
      if (before.columns.some(({ name }) => check.words.has(foldName(name)) && isLost(foldName(name))))
        return false;
      const column = listedColumn(check);
      return column === undefined || !lists.has(column);
    })
    .map(({ name, expression }) => ({
      kind: 'check',
      table,
      what: `CHECK ${name ? `${table}.${name}` : `of ${table}`} (${expression})`,
    }));
}

/** The column of a CHECK of the form `"column" IN ('A', 'B')`. */
export function listedColumn({ expression }: CheckSql): string | undefined {
  return /^(\S+) in \( (?:'(?:[^']|'')*'|-?\d+)(?: , (?:'(?:[^']|'')*'|-?\d+))* \)$/.exec(expression)?.[1];
}

function lostProperties(before: TableState, now: TableState, isLost: (column: string) => boolean): Loss[] {
  const table = before.name;
  const properties = ({ sql }: TableState): string[] => {
    if (!sql) return [];
    const collations = sql.columns.flatMap(({ name, collation }) =>
      collation && collation !== 'binary' && !isLost(foldName(name))
        ? [`COLLATE ${collation} of ${table}.${foldName(name)}`]
        : [],
    );
    const options = normalize(sql.options)
      .split(',')
      .map((option) => option.trim())
      .filter(Boolean)
      .map((option) => `${option.toUpperCase()} of ${table}`);
    return [...collations, ...options, ...(sql.countsUp ? [`AUTOINCREMENT of ${table}`] : [])];
  };
  const present = new Set(properties(now));
  return properties(before)
    .filter((property) => !present.has(property))
    .map((what) => ({ kind: 'property', table, what }));
}

function compareRows(before: TableState, now: TableState, said: readonly SqliteStatement[]): Loss[] {
  const table = before.name;
  const key = foldName(table);
  const pairs = [...before.columns].flatMap(([name, column]) => {
    const after = now.columns.get(name) ?? now.columns.get(renamedColumn(said, key, name));
    return after ? [{ column, after, isConverted: column.type !== after.type }] : [];
  });
  if (now.rowCount < before.rowCount) {
    const lost = before.rowCount - now.rowCount;
    return [{ kind: 'rows', table, what: `${lost} of ${before.rowCount} rows of ${table}` }];
  }
  const project = (row: readonly unknown[], side: 'column' | 'after') =>
    pairs.map((pair) => print(row[pair[side].at], pair.isConverted)).join('\u0001');
  const present = countBy(now.rows.map((row) => project(row, 'after')));
  const isMissing = (row: readonly unknown[]) => {
    const printed = project(row, 'column');
    const left = present.get(printed) ?? 0;
    present.set(printed, left - 1);
    return left <= 0;
  };
  const missing = before.rows.filter(isMissing).length;
  if (missing === 0) return [];
  const different = pairs.filter(({ column, after, isConverted }) => {
    const values = (rows: TableState['rows'], at: number) =>
      countBy(rows.map((row) => print(row[at], isConverted)));
    const there = values(now.rows, after.at);
    return [...values(before.rows, column.at)].some(([value, count]) => (there.get(value) ?? 0) < count);
  });
  const columns = different.map(({ column }) => `${table}.${column.name}`);
  return [
    {
      kind: 'values',
      table,
      what: `values of ${columns.length > 0 ? columns.join(', ') : table} in ${missing} of ${before.rowCount} rows`,
    },
  ];
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** A value as text; of a column whose declared type changes, in a form that its conversion leaves alone. */
function print(value: unknown, isConverted: boolean): string {
  if (value === null || value === undefined) return 'null';
  if (Buffer.isBuffer(value)) return `blob ${value.toString('hex')}`;
  if (typeof value === 'number' && Number.isInteger(value) && isConverted) return `value ${BigInt(value)}`;
  if (isConverted) return `value ${String(value)}`;
  return `${typeof value} ${String(value)}`;
}

function readState(database: Database.Database, options: SurvivalOptions): FileState {
  const rows = database
    .prepare(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema
       WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '_prisma_migrations'`,
    )
    .all() as SchemaRow[];
  const tables = new Map<string, TableState>();
  const others = new Map<string, SchemaRow>();
  for (const row of rows) {
    if (row.type !== 'table') {
      others.set(`${row.type} ${foldName(row.name)}`, row);
      continue;
    }
    const table = readTable(database, row.name, options);
    if (table) tables.set(foldName(row.name), table);
  }
  return { tables, others };
}

function readTable(
  database: Database.Database,
  name: string,
  { compareValues }: SurvivalOptions,
): TableState | undefined {
  const found = database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`)
    .get(name) as { name: string; sql: string } | undefined;
  if (!found) return undefined;
  const described = database.prepare('SELECT name, type FROM pragma_table_xinfo(?)').all(found.name) as {
    name: string;
    type: string;
  }[];
  const columns = new Map(
    described.map((column, at) => [
      foldName(column.name),
      { name: column.name, at, type: column.type.toUpperCase() },
    ]),
  );
  const list = described.map((column) => quote(column.name)).join(', ');
  // A virtual table may need a module that is not there; what is in it lies in ordinary tables.
  const isCounted = !/^\s*create\s+virtual/i.test(found.sql);
  const from = `FROM ${quote(found.name)}`;
  const rows =
    isCounted && compareValues
      ? (database.prepare(`SELECT ${list} ${from}`).raw().safeIntegers().all() as unknown[][])
      : [];
  const rowCount = isCounted ? Number(database.prepare(`SELECT count(*) ${from}`).pluck().get()) : 0;
  return {
    name: found.name,
    sql: readTableSql(found.sql),
    columns,
    highWater: readHighWater(database, found.name),
    rowCount,
    rows,
  };
}

function readHighWater(database: Database.Database, table: string): bigint | null {
  const counts = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
  if (counts === undefined) return null;
  const mark = database.prepare('SELECT max(seq) FROM sqlite_sequence WHERE name = ? COLLATE NOCASE');
  return mark.pluck().safeIntegers().get(table) as bigint | null;
}
