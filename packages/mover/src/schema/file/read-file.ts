import { checksOf, foldName, readIndexSql, readTableSql } from '@vatevo/sqlite-sql';
import { quoteName, quoteText } from '@vatevo/transfer';
import type { SourceTable } from '@vatevo/transfer/plan';
import { readAll, readSqliteCatalog } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';

/** Everything that a SQLite file says of its tables. */
export interface FileSchema {
  readonly tables: readonly FileTable[];
  /** Views, triggers and virtual tables, in the order in which they were made. */
  readonly others: readonly OtherObject[];
}

export interface OtherObject {
  readonly kind: 'view' | 'trigger' | 'virtual table';
  readonly name: string;
  /** The table that a trigger is on. */
  readonly table: string;
  readonly sql: string;
}

export interface FileTable {
  readonly name: string;
  readonly catalog: SourceTable;
  readonly columns: readonly FileColumn[];
  readonly isStrict: boolean;
  readonly autoincrement: boolean;
  /** The highest id that was ever assigned; undefined where there is no rowid key, or no row. */
  readonly highestId: bigint | undefined;
  /** UNIQUE constraints and indexes; the primary key is in the columns. */
  readonly indexes: readonly FileIndex[];
  /** Collations of the primary key's index, by column; empty for a rowid. */
  readonly keyCollations: ReadonlyMap<string, string>;
  readonly foreignKeys: readonly FileForeignKey[];
  readonly checks: readonly FileCheck[];
}

export interface FileColumn {
  readonly name: string;
  readonly declaredType: string;
  readonly notNull: boolean;
  readonly keyPosition: number;
  /** As it is written. */
  readonly defaultText: string | undefined;
  /** The expression of a generated column, as it is written. */
  readonly generated: string | undefined;
  /** Whether it has a collation of its own. */
  readonly isCollated: boolean;
}

export interface FileIndex {
  readonly name: string;
  readonly isUnique: boolean;
  /** Made by a UNIQUE constraint. */
  readonly isConstraint: boolean;
  readonly parts: readonly IndexPart[];
  readonly where: string | undefined;
  /** As it is written; empty for a constraint. */
  readonly sql: string;
}

export interface IndexPart {
  /** Undefined for an expression. */
  readonly column: string | undefined;
  readonly expression: string | undefined;
  readonly collation: string;
  readonly isDescending: boolean;
}

/** A rule as it is written, with its name where it has one. */
interface FileCheck {
  readonly name: string | undefined;
  readonly expression: string;
}

export interface FileForeignKey {
  readonly name: string | undefined;
  readonly isDeferred: boolean;
  readonly columns: readonly string[];
  readonly parent: string;
  /** Undefined where the primary key is meant. */
  readonly parentColumns: readonly string[] | undefined;
  readonly onDelete: string;
  readonly onUpdate: string;
}

/** The collation of what none is declared for. */
const BINARY = 'BINARY';

export function readFileSchema(db: Database): FileSchema {
  const catalog = readSqliteCatalog(db);
  const others = readAll<{ type: string; name: string; tbl_name: string; sql: string }>(
    db,
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger')
       OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%') ORDER BY rowid`,
  );
  return {
    tables: catalog.filter(({ virtual }) => !virtual).map((table) => readTable(db, table)),
    others: others.map(({ type, name, tbl_name: table, sql }) => ({
      kind: type === 'table' ? 'virtual table' : (type as 'view' | 'trigger'),
      name,
      table,
      sql,
    })),
  };
}

function readTable(db: Database, catalog: SourceTable): FileTable {
  const { name } = catalog;
  const quoted = quoteText(name);
  const [schema] = readAll<{ sql: string | null }>(
    db,
    `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ${quoted}`,
  );
  const written = readTableSql(schema?.sql ?? '');
  const infos = readAll<{ name: string; dflt_value: string | null; hidden: number }>(
    db,
    `SELECT name, dflt_value, hidden FROM pragma_table_xinfo(${quoted})`,
  );
  const [list] = readAll<{ strict: number }>(
    db,
    `SELECT strict FROM pragma_table_list(${quoted}) WHERE schema = 'main'`,
  );
  const { indexes, keyCollations } = readIndexes(db, name);
  return {
    name,
    catalog,
    columns: catalog.columns.map(({ name, declaredType, notNull, keyPosition, generated }) => {
      const found = written?.columns.find((column) => foldName(column.name) === foldName(name));
      return {
        name,
        declaredType,
        notNull,
        keyPosition,
        defaultText: infos.find((info) => info.name === name)?.dflt_value ?? undefined,
        generated: generated ? (found?.generated ?? '') : undefined,
        isCollated: foldName(found?.collation ?? BINARY) !== foldName(BINARY),
      };
    }),
    isStrict: list?.strict === 1,
    autoincrement: written?.countsUp === true,
    highestId: highestId(db, catalog),
    indexes,
    keyCollations,
    foreignKeys: readForeignKeys(db, name, written?.foreignKeys ?? []),
    checks: checksOf(written).map((check) => ({ name: check.name, expression: check.written })),
  };
}

function highestId(db: Database, { name, rowidColumn }: SourceTable): bigint | undefined {
  if (rowidColumn === undefined) return undefined;
  const highest = `SELECT max(${quoteName(rowidColumn)}) FROM ${quoteName(name)}`;
  const stored = db.prepare(highest).pluck().safeIntegers().get();
  const remembers = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
  const assigned = remembers
    ? db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck().safeIntegers().get(name)
    : undefined;
  return [stored, assigned].reduce<bigint | undefined>(
    (highest, id) => (typeof id === 'bigint' && (highest === undefined || id > highest) ? id : highest),
    undefined,
  );
}

interface IndexRow {
  name: string;
  unique: number;
  origin: string;
}

interface PartRow {
  name: string | null;
  coll: string | null;
  desc: number;
}

function readIndexes(db: Database, table: string): Pick<FileTable, 'indexes' | 'keyCollations'> {
  const rows = readAll<IndexRow>(
    db,
    `SELECT name, "unique", origin FROM pragma_index_list(${quoteText(table)})`,
  );
  const keyCollations = new Map<string, string>();
  const indexes = rows.toReversed().flatMap(({ name, unique, origin }): FileIndex[] => {
    const parts = readAll<PartRow>(
      db,
      `SELECT name, coll, "desc" FROM pragma_index_xinfo(${quoteText(name)}) WHERE key = 1 ORDER BY seqno`,
    );
    if (origin === 'pk') {
      for (const part of parts) if (part.name !== null) keyCollations.set(part.name, part.coll ?? BINARY);
      return [];
    }
    const [schema] = readAll<{ sql: string | null }>(
      db,
      `SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ${quoteText(name)}`,
    );
    const sql = schema?.sql ?? '';
    const written = sql === '' ? undefined : readIndexSql(sql);
    return [
      {
        name,
        isUnique: unique === 1,
        isConstraint: origin === 'u',
        parts: parts.map((part, i) => ({
          column: part.name ?? undefined,
          expression: part.name === null ? written?.items[i] : undefined,
          collation: part.coll ?? BINARY,
          isDescending: part.desc === 1,
        })),
        where: written?.where,
        sql,
      },
    ];
  });
  return { indexes, keyCollations };
}

interface ForeignKeyRow {
  id: number;
  table: string;
  from: string;
  to: string | null;
  on_update: string;
  on_delete: string;
}

function readForeignKeys(
  db: Database,
  table: string,
  written: readonly { name: string | undefined; isDeferred: boolean }[],
): FileForeignKey[] {
  const rows = readAll<ForeignKeyRow>(
    db,
    `SELECT * FROM pragma_foreign_key_list(${quoteText(table)}) ORDER BY id DESC, seq`,
  );
  const ids = [...new Set(rows.map(({ id }) => id))];
  return ids.map((id, place) => {
    const parts = rows.filter((row) => row.id === id);
    const [first] = parts as [ForeignKeyRow];
    const to = parts.map((part) => part.to);
    // SQLite numbers them from the last one.
    const found = ids.length === written.length ? written[place] : undefined;
    return {
      name: found?.name,
      isDeferred: found?.isDeferred ?? false,
      columns: parts.map(({ from }) => from),
      parent: first.table,
      parentColumns: to.every((name) => name !== null) ? to : undefined,
      onDelete: first.on_delete,
      onUpdate: first.on_update,
    };
  });
}
