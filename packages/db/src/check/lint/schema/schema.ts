import type { Node, RangeVar } from 'libpg-query';
import { keyOf, quoteRelation, relationParts } from './names.ts';
import type { ColumnType } from './types.ts';

export interface Column {
  readonly type: ColumnType;
  readonly isNotNull: boolean;
  /** A row that leaves the column out gets a value: a default, an identity, a generated one. */
  readonly hasDefault: boolean;
  /** It sorts by rules of its own. */
  readonly isCollated: boolean;
}

interface Constraint {
  /** The migration that made it. */
  readonly since: string;
  readonly isValid: boolean;
  /** The columns that it proves free of NULL, once valid. */
  readonly notNull: readonly string[];
  /** The columns in the condition of a CHECK. */
  readonly computedFrom: readonly string[];
}

export interface Index {
  readonly since: string;
  /** The key of its table. */
  readonly table: string;
  /** Empty when it is not over plain columns. */
  readonly columns: readonly string[];
  /** Of all rows, and no two alike: a row's identity. */
  readonly isKey: boolean;
  /** The columns that it depends on by an expression or a condition; all of them when it has one. */
  readonly computedFrom: readonly string[];
}

export interface Table {
  readonly since: string;
  readonly columns: Map<string, Column>;
  readonly constraints: Map<string, Constraint>;
}

/** What else has a name and may be new: types, views, sequences. */
export interface Other {
  readonly since: string;
  /** A domain whose values are checked. */
  readonly isChecked?: boolean;
}

/**
 * The schema that the migrations read so far make: as much of it as the rules
 * ask for. What it does not know (made by a function, an extension, by hand)
 * counts as there before, so in doubt a rule applies.
 */
export class Schema {
  readonly tables = new Map<string, Table>();
  readonly indexes = new Map<string, Index>();
  readonly others = new Map<string, Other>();
  #migration = '';

  /** Everything made from now on is of this migration. */
  enter(migration: string): void {
    this.#migration = migration;
  }

  get migration(): string {
    return this.#migration;
  }

  table(relation: RangeVar | undefined): Table | undefined {
    return relation && this.tables.get(keyOf(relationParts(relation)));
  }

  column(relation: RangeVar | undefined, name: string | undefined): Column | undefined {
    return name === undefined ? undefined : this.table(relation)?.columns.get(name);
  }

  /** Made by the migration at hand: nobody has seen it yet. */
  isNew(made: { readonly since: string } | undefined): boolean {
    return made?.since === this.#migration;
  }

  isNewTable(relation: RangeVar | undefined): boolean {
    if (!relation) return false;
    return this.isNew(this.table(relation)) || this.isNewNamed(relationParts(relation));
  }

  /** The quoted names of those tables that were there before. */
  oldNames(relations: readonly Node[] | undefined): string[] {
    return (relations ?? []).flatMap((relation) =>
      'RangeVar' in relation && !this.isNewTable(relation.RangeVar) ? [quoteRelation(relation.RangeVar)] : [],
    );
  }

  /** Whether a type, a view, a function is new: whatever has such a name. */
  isNewNamed(parts: readonly string[]): boolean {
    return this.isNew(this.others.get(keyOf(parts)));
  }

  columnsOfIndex({ schemaname = 'public' }: RangeVar, name: string): readonly string[] {
    return this.indexes.get(keyOf([schemaname, name]))?.columns ?? [];
  }

  /** True when an index or a CHECK is computed from a column: it is computed anew when the type changes. */
  isComputedFrom(relation: RangeVar, column: string): boolean {
    const key = keyOf(relationParts(relation));
    const parts = [
      ...[...this.indexes.values()].filter(({ table }) => table === key),
      ...(this.tables.get(key)?.constraints.values() ?? []),
    ];
    return parts.some(({ computedFrom }) => computedFrom.includes(column));
  }

  /** The columns of each key of a table, its primary key and unique indexes. */
  keysOf(relation: RangeVar | undefined): (readonly string[])[] {
    const table = relation && keyOf(relationParts(relation));
    return [...this.indexes.values()]
      .filter((index) => index.table === table && index.isKey && index.columns.length > 0)
      .map(({ columns }) => columns);
  }

  /**
   * True when a valid constraint of an earlier migration proves that no row holds NULL there.
   *
   * @param except constraints that do not count
   */
  isProvenNotNull(relation: RangeVar | undefined, column: string, except: readonly string[] = []): boolean {
    const table = this.table(relation);
    if (!table) return false;
    if (table.columns.get(column)?.isNotNull) return true;
    return [...table.constraints].some(
      ([name, { isValid, notNull }]) => isValid && notNull.includes(column) && !except.includes(name),
    );
  }
}
