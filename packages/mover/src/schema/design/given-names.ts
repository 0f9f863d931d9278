import type { TransferMapping } from '@vatevo/transfer';
import type { FileTable } from '../file/read-file.ts';
import { keptColumns } from './kept.ts';
import { Names } from './names.ts';

/** The name of each table and column in PostgreSQL: the mapping's, else its own as far as PostgreSQL takes it. */
export class GivenNames {
  /** Of tables, indexes and keys, which share a namespace. */
  readonly relations = new Names();
  readonly #tables = new Map<string, string>();
  readonly #columns = new Map<string, Map<string, string>>();
  readonly #constraints = new Map<string, Names>();

  constructor(tables: readonly FileTable[], mapping: TransferMapping) {
    const { tables: mapped = {} } = mapping;
    const given = new Map(Object.entries(mapped).map(([target, { source }]) => [source ?? target, target]));
    for (const target of given.values()) this.relations.reserve(target);
    for (const table of tables) {
      const target = given.get(table.name) ?? this.relations.give(table.name);
      this.#tables.set(table.name, target);
      const columns = Object.entries(mapped[target]?.columns ?? {});
      const chosen = new Map(columns.map(([name, { from }]) => [from ?? name, name]));
      const names = Names.ofColumns();
      for (const name of chosen.values()) names.reserve(name);
      this.#columns.set(
        table.name,
        new Map(keptColumns(table, mapping).map(({ name }) => [name, chosen.get(name) ?? names.give(name)])),
      );
    }
    for (const { indexes } of tables) {
      for (const { name, isConstraint } of indexes) if (!isConstraint) this.relations.reserve(name);
    }
  }

  table({ name }: FileTable): string {
    return this.#tables.get(name) ?? name;
  }

  column({ name }: FileTable, column: string): string {
    return this.#columns.get(name)?.get(column) ?? column;
  }

  /** Whether a column comes along. */
  hasColumn({ name }: FileTable, column: string): boolean {
    return this.#columns.get(name)?.has(column) ?? false;
  }

  /** Names of constraints, which are a table's own. */
  constraintsOf({ name }: FileTable): Names {
    const found = this.#constraints.get(name) ?? new Names();
    this.#constraints.set(name, found);
    return found;
  }

  /** An index keeps its name, which no table has, where PostgreSQL takes it. */
  index(name: string): string {
    return Buffer.byteLength(name) <= 63 && name !== '' ? name : this.relations.give(name);
  }
}
