import Database from 'better-sqlite3';
import { statementsOf } from '../../migrations/sqlite/statements.ts';
import { quote } from '../../quote.ts';
import type { EnumColumn } from '../../schema/enum-columns.ts';
import { MigrateError } from '../error.ts';
import { alterTable, createTable } from './alter-table.ts';
import { readShape, type Shape } from './shape.ts';

export interface Wish {
  /** What the migrations make so far. */
  readonly before: Database.Database;
  /** What Prisma would make of the schema in an empty database: it knows nothing of CHECKs and the like. */
  readonly wanted: Database.Database;
  /** The columns of enums, as the schema has them, and as the migrations made them so far. */
  readonly enums: readonly EnumColumn[];
  readonly formerEnums: readonly EnumColumn[];
  /** What Prisma would write: only tables that it names are looked at, as it compares as we cannot. */
  readonly asked: string;
}

/**
 * Writes a SQLite migration that loses nothing.
 *
 * Prisma makes a new table for most changes, of what its schema can say, and forgets the rest: CHECKs,
 * collations, partial indexes, triggers, the highest id that was assigned. This changes in place what SQLite
 * can change in place, and makes a table anew only out of the old one's own definition.
 *
 * @returns the script; empty when there is nothing to do
 * @throws MigrateError when what is wanted has to be written by hand
 */
export function writeSqliteMigration(wish: Wish): string {
  const script = compose(wish);
  if (script === '') return '';
  // What it makes is looked at again: nothing may be left to do.
  const after = new Database(wish.before.serialize());
  try {
    after.pragma('foreign_keys = OFF');
    for (const { sql } of statementsOf(script)) after.exec(sql);
    const left = compose({ ...wish, before: after, formerEnums: wish.enums });
    if (left !== '') throw new Error(`still to do:\n${left}`);
  } catch (error) {
    throw new MigrateError(
      `The SQLite migration for this change has to be written by hand (${(error as Error).message}): run pnpm db:migrate with --empty, write it, and run pnpm db:migrate --record.`,
      { cause: error },
    );
  } finally {
    after.close();
  }
  return script;
}

function compose({ before, wanted, enums, formerEnums, asked }: Wish): string {
  const present = readShape(before);
  const wished = readShape(wanted);
  const parts: string[] = [];
  const isNamed = (table: string) => asked.includes(quote(table));
  const ownEnums = (list: readonly EnumColumn[], table: string) =>
    list.filter((column) => column.table === table);

  for (const { name } of present.tables.values()) {
    if (wished.tables.has(name) || !isNamed(name)) continue;
    parts.push(`-- DropTable\nPRAGMA foreign_keys=OFF;\nDROP TABLE ${quote(name)};\nPRAGMA foreign_keys=ON;`);
  }
  for (const table of wished.tables.values()) {
    if (!present.tables.has(table.name)) parts.push(createTable(table, ownEnums(enums, table.name)));
  }
  for (const table of wished.tables.values()) {
    const old = present.tables.get(table.name);
    if (!old) continue;
    parts.push(
      ...alterTable({
        database: before,
        old,
        wanted: table,
        isCompared: isNamed(table.name),
        enums: ownEnums(enums, table.name),
        formerEnums: ownEnums(formerEnums, table.name),
        dependents: dependentsOf(present, table.name),
      }),
    );
  }
  for (const table of wished.tables.values()) {
    const known = present.tables.get(table.name);
    for (const index of table.indexes) {
      const same = known?.indexes.find(({ name }) => name === index.name);
      if (same?.signature === index.signature || (known && !isNamed(table.name))) continue;
      parts.push(`-- CreateIndex\n${index.sql};`);
    }
  }
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`;
}

/** Views and the triggers of other tables that name a table, and those that name such a view. */
function dependentsOf({ others }: Shape, table: string): Shape['others'] {
  const names = new Set([table.toLowerCase()]);
  const found = new Set<Shape['others'][number]>();
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const other of others) {
      if (other.table.toLowerCase() === table.toLowerCase() && other.type === 'trigger') continue;
      if (![...names].some((name) => other.words.has(name))) continue;
      found.add(other);
      if (other.type === 'view') names.add(other.name.toLowerCase());
    }
  }
  return others.filter((other) => found.has(other));
}
