import { quoteText, TransferError } from '@vatevo/transfer/engine';
import type { Database } from 'better-sqlite3';
import { PREFIX } from './names.ts';

export interface CapturedTable {
  readonly name: string;
  /** The primary key's columns; empty for a table that is fenced and not moved. */
  readonly key: readonly string[];
  /** The other unique keys: by any of them REPLACE may remove a row. */
  readonly uniqueKeys: readonly (readonly { readonly name: string; readonly collation: string }[])[];
}

/**
 * The tables of a file as their triggers must know them.
 *
 * @param moved the tables whose rows are moved
 * @throws TransferError `source-refused` for a table whose changes cannot be told row by row
 */
export function capturedTables(db: Database, moved: ReadonlySet<string>): CapturedTable[] {
  const names = db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND substr(name, 1, ${PREFIX.length}) <> '${PREFIX}' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`,
    )
    .pluck()
    .all() as string[];
  return names.map((name) => (moved.has(name) ? readTable(db, name) : { name, key: [], uniqueKeys: [] }));
}

function readTable(db: Database, name: string): CapturedTable {
  const all = <Row>(sql: string) => db.prepare(sql).safeIntegers(false).all() as Row[];
  const columns = all<{ name: string; pk: number }>(
    `SELECT name, pk FROM pragma_table_info(${quoteText(name)})`,
  );
  const key = columns
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map((column) => column.name);
  if (key.length === 0) {
    throw refusal(name, 'has no primary key, so its changed rows cannot be told apart');
  }
  const indexes = all<{ name: string; unique: number; origin: string }>(
    `SELECT name, "unique", origin FROM pragma_index_list(${quoteText(name)})`,
  );
  const uniqueKeys = indexes
    .filter((index) => index.unique === 1 && index.origin !== 'pk')
    .map((index) =>
      all<{ name: string | null; coll: string }>(
        `SELECT name, coll FROM pragma_index_xinfo(${quoteText(index.name)}) WHERE "key" = 1`,
      ).map((column) => {
        if (column.name === null) throw refusal(name, `has a unique index on an expression (${index.name})`);
        return { name: column.name, collation: column.coll };
      }),
    );
  return { name, key, uniqueKeys };
}

function refusal(table: string, problem: string): TransferError {
  return new TransferError(
    'source-refused',
    `Table ${table} ${problem}: stop its writers and move the file with ops:transfer instead.`,
  );
}
