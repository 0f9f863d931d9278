import { foldName } from '@vatevo/sqlite-sql';
import type { Database } from 'better-sqlite3';
import type { KeyOrder, SourceColumn, SourceTable } from '../../plan/catalog.ts';
import { primaryKeyOf } from '../../plan/primary-key.ts';
import { quoteName, quoteText } from '../../quote.ts';

interface TableListRow {
  name: string;
  type: 'table' | 'virtual' | 'shadow';
  wr: number;
}

interface ColumnRow {
  name: string;
  type: string;
  notnull: number;
  pk: number;
  hidden: number;
  dflt_value: string | null;
}

interface IndexRow {
  name: string;
  unique: number;
  origin: string;
  partial: number;
}

/** The tables of a SQLite file, by name; its own bookkeeping (`sqlite_…`) is not among them. */
export function readSqliteCatalog(db: Database): SourceTable[] {
  const tables = readAll<TableListRow>(
    db,
    `SELECT name, type, wr FROM pragma_table_list
     WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  return tables.map((table) => readTable(db, table));
}

/**
 * The tables that hold all rows of a file, in the order in which they were made: those that virtual tables
 * keep theirs in and `sqlite_sequence` are among them, statistics are not.
 */
export function readStoredTables(db: Database): SourceTable[] {
  const tables = readAll<TableListRow>(
    db,
    `SELECT l.name, l.type, l.wr FROM sqlite_schema AS s JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name
     WHERE s.type = 'table' AND s.rootpage > 0 AND s.name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY s.rowid`,
  );
  return tables.map((table) => readTable(db, table));
}

/** The catalog's own numbers are small, whatever the connection makes of integers. */
export function readAll<Row>(db: Database, sql: string): Row[] {
  return db.prepare(sql).safeIntegers(false).all() as Row[];
}

function readTable(db: Database, { name, type, wr }: TableListRow): SourceTable {
  // Nothing more is asked of a virtual table: its module may not even be there.
  if (type === 'virtual') {
    return {
      name,
      virtual: true,
      columns: [],
      withoutRowid: false,
      rowidColumn: undefined,
      rowidName: undefined,
      uniqueKeys: [],
      loneKeys: [],
    };
  }
  const rows = readAll<ColumnRow>(db, `SELECT * FROM pragma_table_xinfo(${quoteText(name)})`);
  const columns = rows
    // 1 marks the hidden columns of virtual tables; 2 and 3 are generated columns.
    .filter((row) => row.hidden !== 1)
    .map((row) => ({
      name: row.name,
      declaredType: row.type,
      notNull: row.notnull === 1,
      keyPosition: row.pk,
      generated: row.hidden !== 0,
      hasDefault: row.dflt_value !== null,
    }));
  const withoutRowid = wr === 1;
  const indexes = readAll<IndexRow>(db, `SELECT * FROM pragma_index_list(${quoteText(name)})`);
  const rowidColumn = withoutRowid ? undefined : findRowidColumn(columns, indexes);
  return {
    name,
    virtual: false,
    columns,
    withoutRowid,
    keyOrder: withoutRowid ? readKeyOrder(db, columns, indexes) : undefined,
    rowidColumn,
    rowidName: withoutRowid ? undefined : (rowidColumn ?? freeRowidName(columns)),
    uniqueKeys: readUniqueKeys(db, columns, indexes),
    loneKeys: [...(rowidColumn === undefined ? [] : [rowidColumn]), ...readLoneKeys(db, name, indexes)],
  };
}

/** A lone INTEGER PRIMARY KEY is the rowid, and then SQLite keeps no index of its own for the key. */
function findRowidColumn(columns: readonly SourceColumn[], indexes: readonly IndexRow[]): string | undefined {
  const key = columns.filter((column) => column.keyPosition > 0);
  const [only] = key;
  if (key.length !== 1 || only === undefined || only.declaredType.toUpperCase() !== 'INTEGER')
    return undefined;
  return indexes.some((index) => index.origin === 'pk') ? undefined : only.name;
}

function readKeyOrder(
  db: Database,
  columns: readonly SourceColumn[],
  indexes: readonly IndexRow[],
): KeyOrder | undefined {
  const key = indexes.find(({ origin }) => origin === 'pk');
  const order = readAll<{ coll: string; desc: number }>(
    db,
    `SELECT coll, "desc" FROM pragma_index_xinfo(${quoteText(key?.name ?? '')}) WHERE "key" = 1 ORDER BY seqno`,
  ).map(({ coll, desc }) => ({ collation: coll, isDescending: desc === 1 }));
  // A column may stand in a key twice, compared in two ways.
  return order.length === primaryKeyOf(columns).length ? order : undefined;
}

function freeRowidName(columns: readonly SourceColumn[]): string | undefined {
  const taken = new Set(columns.map((column) => foldName(column.name)));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}

function readUniqueKeys(
  db: Database,
  columns: readonly SourceColumn[],
  indexes: readonly IndexRow[],
): (readonly string[])[] {
  const primary = primaryKeyOf(columns);
  const others = indexes
    .filter((index) => index.unique === 1 && index.partial === 0 && index.origin !== 'pk')
    .map((index) =>
      db
        .prepare(`SELECT name FROM pragma_index_info(${quoteText(index.name)})`)
        .pluck()
        .all(),
    )
    // An expression in an index has no column name.
    .filter((names): names is string[] => names.every((name) => typeof name === 'string'));
  return primary.length > 0 ? [primary, ...others] : others;
}

/** Columns with a unique index of their own. By another collation than the column's it may hold what the column calls equal. */
function readLoneKeys(db: Database, table: string, indexes: readonly IndexRow[]): string[] {
  return indexes
    .filter((index) => index.unique === 1 && index.partial === 0)
    .flatMap((index) => {
      const [part, ...others] = readAll<{ name: string | null; coll: string }>(
        db,
        `SELECT name, coll FROM pragma_index_xinfo(${quoteText(index.name)}) WHERE "key" = 1`,
      );
      if (part === undefined || part.name === null || others.length > 0) return [];
      const collation = collationOf(db, table, part.name);
      return collation === 'BINARY' || collation === part.coll.toUpperCase() ? [part.name] : [];
    });
}

/** By which a column is compared, in upper case; undefined where only the application has what that takes. */
export function collationOf(db: Database, table: string, column: string): string | undefined {
  try {
    // SQLite tells it nowhere but in the program of a comparison, as `NOCASE-8`.
    const steps = readAll<{ opcode: string; p4: string | null }>(
      db,
      `EXPLAIN SELECT +${quoteName(column)} = '' FROM ${quoteName(table)}`,
    );
    const compared = steps.find(({ opcode }) => opcode === 'Eq' || opcode === 'Ne');
    return compared && (compared.p4 ?? 'BINARY').replace(/-[^-]*$/, '').toUpperCase();
  } catch {
    return undefined;
  }
}
