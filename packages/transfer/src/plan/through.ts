import { foldName } from '@vatevo/sqlite-sql';
import type { ThroughMapping } from '../mapping.ts';
import { quoteName } from '../quote.ts';
import type { SourceTable } from './catalog.ts';

/**
 * The names of a value that comes from another row, as the source spells them: triggers are made by them.
 *
 * Only what is unique leads to one row. Of several it would be any, and another one as soon as a row is written.
 *
 * @returns otherwise why there is no such value, as a sentence
 */
export function findThrough(
  { column, table, key, value }: ThroughMapping,
  child: SourceTable,
  tables: readonly SourceTable[],
): ThroughMapping | string {
  const parent = tables.find(({ name, virtual }) => !virtual && foldName(name) === foldName(table));
  if (parent === undefined) return `the source has no table ${table}`;
  const [pointing, pointed, held] = [named(child, column), named(parent, key), named(parent, value)];
  if (pointing === undefined) return `${child.name} has no column ${column}`;
  if (pointed === undefined) return `${parent.name} has no column ${key}`;
  if (held === undefined) return `${parent.name} has no column ${value}`;
  if (!parent.loneKeys.includes(pointed)) {
    const index = `CREATE UNIQUE INDEX ${quoteName(`${parent.name}_${pointed}`)} ON ${quoteName(parent.name)} (${quoteName(pointed)})`;
    return `several rows of ${parent.name} may have the same ${pointed}, and nothing says which of them is meant; go through a column that is unique on its own, or make this one so in the source: ${index}`;
  }
  return { column: pointing, table: parent.name, key: pointed, value: held };
}

function named({ columns }: SourceTable, name: string): string | undefined {
  return columns.find((column) => foldName(column.name) === foldName(name))?.name;
}
