import { isWrittenByReplication, type TransferPlan } from '@vatevo/transfer/plan';
import { readSqliteCatalog } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { OUR_TABLES, PREFIX } from './names.ts';

/** What of a file's schema a move depends on: tables, unique indexes, and the triggers of the move itself. */
export type FileSchema = readonly SchemaItem[];

interface SchemaItem {
  readonly type: 'table' | 'index' | 'trigger';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** Statistics, which ANALYZE and PRAGMA optimize make, and what is remembered of AUTOINCREMENT are not among it. */
const ITEMS = `
  SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     OR type = 'index' AND sql LIKE 'CREATE UNIQUE %'
     OR type = 'trigger' AND substr(name, 1, ${PREFIX.length + 1}) = '${PREFIX}_'
  ORDER BY type, name`;

export function readFileSchema(db: Database): FileSchema {
  const items = db.prepare(ITEMS).all() as SchemaItem[];
  const replication = readSqliteCatalog(db).filter(isWrittenByReplication);
  const ignored = new Set([...OUR_TABLES, ...replication.map(({ name }) => name)]);
  return items.filter(({ type, name }) => type !== 'table' || !ignored.has(name));
}

/**
 * What was changed so that rows may be written of which the move does not know, or not as it thinks. Other indexes,
 * views, and triggers of the application are nobody's concern: what they write is logged like any other write.
 *
 * @param plan in which values of some tables go into the rows of others, too
 * @returns a clause for each
 */
export function schemaChanges(
  known: FileSchema,
  now: FileSchema,
  { tables }: Pick<TransferPlan, 'tables'>,
): string[] {
  const pointed = new Set(
    tables.flatMap(({ columns }) =>
      columns.flatMap(({ from }) => ('through' in from ? from.through.table : [])),
    ),
  );
  const moved = new Set([...tables.map(({ source }) => source), ...pointed]);
  const find = (items: FileSchema, of: SchemaItem) =>
    items.find(({ type, name }) => type === of.type && name === of.name);
  const isThere = (table: string) => now.some(({ type, name }) => type === 'table' && name === table);
  const gone = known.flatMap((item) => {
    const found = find(now, item);
    if (found?.sql === item.sql) return [];
    if (item.type === 'table' && moved.has(item.name))
      return [`table ${item.name} was ${found ? 'altered' : 'dropped'}`];
    if (item.type === 'trigger' && isThere(item.table))
      return [`the trigger ${item.name} of this move was ${found ? 'changed' : 'dropped'}`];
    if (item.type !== 'index' || !moved.has(item.table)) return [];
    if (found) return [`index ${item.name} was changed`];
    // Without the index REPLACE removes fewer rows than before. But what rows point to may be there twice.
    return pointed.has(item.table) && isThere(item.table)
      ? [`the unique index ${item.name} was dropped`]
      : [];
  });
  const added = now.flatMap((item) => {
    if (find(known, item)) return [];
    if (item.type === 'table') return [`table ${item.name} was created`];
    // By it REPLACE may have removed rows that no trigger was looking for.
    return item.type === 'index' && moved.has(item.table)
      ? [`the unique index ${item.name} was created`]
      : [];
  });
  return [...gone, ...added];
}
