import { TransferError } from '@vatevo/transfer';
import { columnType, findColumnType, type RestoredValue } from '@vatevo/transfer/column-types';
import { type ColumnPlan, quoteName } from '@vatevo/transfer/plan';

/** What SQLite is given for a value. */
export type StoredValue = null | RestoredValue;

/** Whether values of a type can be taken back. */
export function canReturn({ name }: ColumnPlan['type']): boolean {
  return findColumnType(name)?.restore !== undefined;
}

/** Whether a file that rows come from may hold one value in several forms. */
export function hasOtherForms({ type }: ColumnPlan): boolean {
  return columnType(type).traits.equality !== 'as-stored';
}

/** Reads a column's values for SQLite. */
export class ValueReader {
  readonly expression: string;
  readonly #store: (printed: string) => StoredValue | undefined;

  /** @throws TransferError `target-unfit` for a type that does not go back */
  constructor({ target, type }: ColumnPlan, table: string) {
    const restore = findColumnType(type.name)?.restore;
    if (restore === undefined) {
      throw new TransferError(
        'target-unfit',
        `Column ${table}.${target} has the type ${type.sql}, which cannot be taken back to SQLite.`,
      );
    }
    this.expression = restore.print(`r.${quoteName(target)}`);
    this.#store = restore.store;
  }

  /**
   * Whether a value of a file that rows came from stands in the form in which it goes back.
   *
   * @param printed as PostgreSQL prints it; where that is no form for the file, values go back in one of their own
   */
  isOurs(stored: StoredValue, printed: string | null): boolean {
    if (typeof stored !== 'string' || printed === null) return false;
    return this.#store(stored) === stored && [stored, undefined].includes(this.#store(printed) as string);
  }

  /** Undefined for a value that SQLite cannot hold. */
  read(printed: string | null): StoredValue | undefined {
    return printed === null ? null : this.#store(printed);
  }
}
