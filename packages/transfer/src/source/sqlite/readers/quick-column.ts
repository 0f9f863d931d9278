import { foldName } from '@vatevo/sqlite-sql';
import type { Database } from 'better-sqlite3';
import type { PageEncoder, PageWork } from '../../../column-types/encode/page-encoder.ts';
import { columnType } from '../../../column-types/registry.ts';
import type { ColumnPlan } from '../../../plan/types.ts';
import { affinityOf } from '../affinity.ts';

/** The place of a value in the records of a source table; −1 for the rowid itself, which no record holds. */
export interface Place {
  readonly root: number;
  readonly columns: number;
  /** By lower-case name. */
  readonly positions: ReadonlyMap<string, number>;
  /** Columns in which SQLite makes integers to reals when they are read. */
  readonly reals: ReadonlySet<number>;
}

export interface QuickColumn {
  readonly plan: ColumnPlan;
  /** How its common values are written; all others are left to the other encoder. */
  readonly page: PageEncoder;
  /** The value's place in the row's own record, or in that of the row which {@link through} leads to. */
  readonly position: number;
  /** The place of the parent's rowid in the row's own record. */
  readonly through: { readonly local: number; readonly parent: Place } | undefined;
  /** Whether a NULL may be written as such. */
  readonly nullable: boolean;
}

/** Of a generated column that is stored nowhere (`hidden` of pragma_table_xinfo). */
const VIRTUAL = 2n;

/** Where a table's values lie in its records; undefined for a table that has no such order. */
export function findPlace(db: Database, table: string, rowid: string | undefined): Place | undefined {
  if (rowid === undefined) return undefined;
  const root = rootPage(db, table);
  if (root === undefined) return undefined;
  const all = db.prepare('SELECT name, type, hidden FROM pragma_table_xinfo(?) ORDER BY cid').all(table) as {
    name: string;
    type: string;
    hidden: bigint | number;
  }[];
  const columns = all.filter(({ hidden }) => BigInt(hidden) !== VIRTUAL);
  const positions = new Map<string, number>([[foldName(rowid), -1]]);
  for (const [position, { name }] of columns.entries()) {
    if (foldName(name) !== foldName(rowid)) positions.set(foldName(name), position);
  }
  const reals = columns.flatMap(({ type }, position) => (affinityOf(type) === 'REAL' ? [position] : []));
  return { root, columns: columns.length, positions, reals: new Set(reals) };
}

/** The page at which a table begins. */
export function rootPage(db: Database, table: string): number | undefined {
  const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?`).pluck();
  const found = root.get(table);
  return found === undefined ? undefined : Number(found);
}

/** How a column is read and written the quick way; undefined when it cannot be. */
export function quickColumn(
  db: Database,
  own: Place,
  plan: ColumnPlan,
  work: PageWork,
): QuickColumn | undefined {
  const page = columnType(plan.type).encodePage?.(plan.type, { ...work, zone: plan.zone });
  // Columns that are computed are not worth a second writing of their rules.
  if (page === undefined || plan.derive || plan.decision) return undefined;
  const source = 'column' in plan.from ? undefined : plan.from.through;
  const parent = source && findParent(db, source);
  if (source && parent === undefined) return undefined;
  const holder = parent ?? own;
  const name = 'column' in plan.from ? plan.from.column : plan.from.through.value;
  const position = holder.positions.get(foldName(name));
  const local = source && own.positions.get(foldName(source.column));
  if (position === undefined || (source && local === undefined)) return undefined;
  if (holder.reals.has(position) && !page.takesReals) return undefined;
  if (local !== undefined && own.reals.has(local)) return undefined;
  return {
    plan,
    page,
    position,
    through: parent && local !== undefined ? { local, parent } : undefined,
    nullable: !plan.notNull && plan.whenNull === undefined,
  };
}

/** Where the rows lie that values come from; undefined where they are not found by their rowids. */
function findParent(
  db: Database,
  { table, key }: { readonly table: string; readonly key: string },
): Place | undefined {
  const parent = findPlace(db, table, rowidColumn(db, table));
  return parent?.positions.get(foldName(key)) === -1 ? parent : undefined;
}

/** The name of the column that is the rowid: a lone INTEGER PRIMARY KEY without an index of its own. */
function rowidColumn(db: Database, table: string): string | undefined {
  const keys = db.prepare('SELECT name, type FROM pragma_table_info(?) WHERE pk > 0').all(table) as {
    name: string;
    type: string;
  }[];
  const [key] = keys;
  const indexed = db.prepare(`SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'`).get(table);
  if (keys.length !== 1 || key?.type.toUpperCase() !== 'INTEGER' || indexed) return undefined;
  return key.name;
}
