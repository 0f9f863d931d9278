import { readIndexSql } from '@vatevo/sqlite-sql';
import { TransferError } from '@vatevo/transfer';
import {
  isWrittenByReplication,
  primaryKeyOf,
  quoteName,
  quoteText,
  type TransferPlan,
} from '@vatevo/transfer/plan';
import { readAll, readSqliteCatalog } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { OUR_TABLES } from './names.ts';

export interface CapturedTable {
  readonly name: string;
  /** The primary key's columns; empty for a table that is fenced and not moved. */
  readonly key: readonly string[];
  /** By any of these REPLACE may remove a row whose key is not the new row's. */
  readonly uniqueKeys: readonly UniqueKey[];
  /** Values of its rows that rows of other tables hold in the target. */
  readonly fetched: readonly FetchedValues[];
  /** All keys by which REPLACE may remove a row; only where values are fetched. */
  readonly everyKey: readonly UniqueKey[];
}

/** Values that the rows of a table get through a column that points to other rows. */
export interface FetchedValues {
  readonly child: string;
  /** The child's column that points. */
  readonly pointer: string;
  /** The column that it is compared with, and those that hold the values. */
  readonly key: string;
  readonly values: readonly string[];
  /** Whether the child may point to no row. */
  readonly mayBeMissing: boolean;
}

export interface UniqueKey {
  readonly columns: readonly { readonly name: string; readonly collation: string }[];
  /** The condition of a partial index; without it the index would be of no use for finding rows. */
  readonly where?: string | undefined;
}

type CatalogTable = ReturnType<typeof readSqliteCatalog>[number];

/**
 * The tables of a file as their triggers must know them.
 *
 * @throws TransferError `source-refused` for a table whose changes cannot be told row by row
 */
export function capturedTables(db: Database, plan: TransferPlan): CapturedTable[] {
  const moved = new Set(plan.tables.map(({ source }) => source));
  return readSqliteCatalog(db)
    .filter(
      (table) =>
        !table.virtual &&
        !OUR_TABLES.includes(table.name) &&
        (moved.has(table.name) || !isWrittenByReplication(table)),
    )
    .map((table) => {
      const fetched = fetchedFrom(table.name, plan);
      const { key, uniqueKeys } = moved.has(table.name) ? keysOf(db, table) : { key: [], uniqueKeys: [] };
      return {
        name: table.name,
        key,
        uniqueKeys,
        fetched,
        everyKey: fetched.length > 0 ? everyKey(db, table) : [],
      };
    });
}

function keysOf(db: Database, table: CatalogTable): Pick<CapturedTable, 'key' | 'uniqueKeys'> {
  const key = primaryKeyOf(table.columns);
  if (key.length === 0) {
    throw refusal(table.name, 'has no primary key, so its changed rows cannot be told apart');
  }
  return { key, uniqueKeys: [...uniqueIndexes(db, table), ...hiddenRowid(table)] };
}

function everyKey(db: Database, table: CatalogTable): UniqueKey[] {
  const primary = primaryKeyOf(table.columns).map((name) => ({ name, collation: 'BINARY' }));
  return [
    ...(primary.length > 0 ? [{ columns: primary }] : []),
    ...uniqueIndexes(db, table),
    ...hiddenRowid(table),
  ];
}

function fetchedFrom(table: string, plan: TransferPlan): FetchedValues[] {
  const found = new Map<string, FetchedValues>();
  for (const { source: child, columns } of plan.tables) {
    for (const { from, notNull, whenNull } of columns) {
      if (!('through' in from) || from.through.table !== table) continue;
      const { column: pointer, key, value } = from.through;
      const name = JSON.stringify([child, pointer, key]);
      const { values, mayBeMissing } = found.get(name) ?? { values: [], mayBeMissing: false };
      found.set(name, {
        child,
        pointer,
        key,
        values: [...values, value],
        mayBeMissing: mayBeMissing || !notNull || whenNull !== undefined,
      });
    }
  }
  return [...found.values()];
}

function uniqueIndexes(db: Database, { name }: CatalogTable): UniqueKey[] {
  const indexes = readAll<{ name: string; origin: string; sql: string | null }>(
    db,
    `SELECT l.name, l.origin, s.sql FROM pragma_index_list(${quoteText(name)}) l
     LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name WHERE l."unique" = 1`,
  );
  return indexes.flatMap((index) => {
    const columns = readAll<{ name: string | null; collation: string }>(
      db,
      `SELECT name, coll AS collation FROM pragma_index_xinfo(${quoteText(index.name)}) WHERE "key" = 1`,
    ).map(({ name: column, collation }) => {
      if (column === null) throw refusal(name, `has a unique index on an expression (${index.name})`);
      return { name: column, collation };
    });
    // Who is in the way of a key that is compared byte by byte has that very key.
    if (index.origin === 'pk' && columns.every(({ collation }) => collation === 'BINARY')) return [];
    return [{ columns, where: readIndexSql(index.sql ?? '').where }];
  });
}

/** A rowid that is no column can be written all the same. */
function hiddenRowid({ withoutRowid, rowidColumn, rowidName }: CatalogTable): UniqueKey[] {
  if (withoutRowid || rowidColumn !== undefined || rowidName === undefined) return [];
  return [{ columns: [{ name: rowidName, collation: 'BINARY' }] }];
}

/**
 * Lets SQLite compile a write of each kind, so that no writer is the first to meet a fault in a trigger.
 *
 * @throws TransferError `source-refused`
 */
export function compileWrites(db: Database, { name, key: [column] }: CapturedTable): void {
  const table = quoteName(name);
  try {
    db.prepare(`INSERT INTO ${table} DEFAULT VALUES`);
    db.prepare(`DELETE FROM ${table}`);
    if (column !== undefined) db.prepare(`UPDATE ${table} SET ${quoteName(column)} = NULL`);
  } catch (error) {
    throw refusal(name, `cannot be watched (${(error as Error).message})`);
  }
}

function refusal(table: string, problem: string): TransferError {
  return new TransferError('source-refused', `Table ${table} ${problem}.`, {
    next: { step: 'transfer-instead' },
  });
}
