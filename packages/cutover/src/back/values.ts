import { findColumnType, type RestoredValue } from '@vatevo/transfer/column-types';
import { type ColumnPlan, quoteName, TransferError } from '@vatevo/transfer/engine';

/** What SQLite is given for a value. */
export type StoredValue = null | RestoredValue;

/** Whether values of a type can be taken back. */
export function canReturn({ name }: ColumnPlan['type']): boolean {
  return findColumnType(name)?.restore !== undefined;
}

/** Reads a column's values for SQLite. */
export class ValueReader {
  readonly expression: string;
  readonly #store: (printed: string) => StoredValue | undefined;

  /** @throws TransferError `target-unfit` for a type that does not go back */
  constructor({ target, type }: ColumnPlan) {
    const restore = findColumnType(type.name)?.restore;
    if (restore === undefined) {
      throw new TransferError(
        'target-unfit',
        `Column ${target} has the type ${type.sql}, which cannot be taken back to SQLite.`,
      );
    }
    this.expression = restore.print(`r.${quoteName(target)}`);
    this.#store = restore.store;
  }

  /** Undefined for a value that SQLite cannot hold. */
  read(printed: string | null): StoredValue | undefined {
    return printed === null ? null : this.#store(printed);
  }
}
