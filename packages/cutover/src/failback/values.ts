import { TransferError } from '@vatevo/transfer';
import { columnType, findColumnType, type RestoredValue } from '@vatevo/transfer/column-types';
import { type ColumnPlan, formsOf, formWriter, quoteName } from '@vatevo/transfer/plan';

/** What SQLite is given for a value. */
export type StoredValue = null | RestoredValue;

/** What columns hold that stay behind, of rows that are removed and written anew. */
export interface LeftValues {
  readonly columns: readonly string[];
  /** SQL of each column's value for a row, with a parameter for its key. */
  readonly expressions: readonly string[];
  /** What the expressions are given for a row; undefined for one that was not there. */
  readonly of: (row: readonly StoredValue[]) => readonly string[] | undefined;
}

/** Whether values of a type can be taken back. */
export function canReturn({ name }: ColumnPlan['type']): boolean {
  return findColumnType(name)?.restore !== undefined;
}

/** Whether a file that rows come from may hold one value in several forms. */
export function hasOtherForms(column: ColumnPlan): boolean {
  return columnType(column.type).traits.equality !== 'as-stored' || column.form?.name !== undefined;
}

/** Reads a column's values for SQLite. */
export class ValueReader {
  readonly expression: string;
  /** SQL of SQLite around the parameter of a value. */
  readonly parameter: string;
  readonly #store: (printed: string) => StoredValue | undefined;
  readonly #ofNull: StoredValue;
  /** Whether a stored value is of the form that the file had; undefined where none was recorded. */
  readonly #isOfForm: ((stored: Exclude<StoredValue, null>, printed: string) => boolean) | undefined;

  /** @throws TransferError `target-unfit` for a type that does not go back */
  constructor(column: ColumnPlan, table: string) {
    const { target, type, form } = column;
    const restore = findColumnType(type.name)?.restore;
    if (restore === undefined) {
      throw new TransferError(
        'target-unfit',
        `Column ${table}.${target} has the type ${type.sql}, which cannot be taken back to SQLite.`,
      );
    }
    const writer = formWriter(column);
    const value = `r.${quoteName(target)}`;
    this.expression = (writer?.print ?? restore.print)(writer?.held?.(value) ?? value);
    this.parameter = writer?.bind ?? '?';
    this.#store = (writer ?? restore).store;
    this.#ofNull = form?.ofNull ?? null;
    const forms = writer && formsOf(column);
    // Of texts as they are printed there may be several for one value.
    const isUnique = form?.name !== 'text';
    this.#isOfForm =
      forms &&
      ((stored, printed) => (isUnique || stored === printed) && forms.of(stored).includes(form?.name ?? ''));
  }

  /**
   * Whether a value of a file that rows came from stands in the form in which it goes back.
   *
   * @param printed as PostgreSQL prints it; where that is no form for the file, values go back in one of their own
   */
  isOurs(stored: StoredValue, printed: string | null): boolean {
    if (stored === null || printed === null) return false;
    if (this.#isOfForm) return this.#isOfForm(stored, printed);
    if (typeof stored !== 'string') return false;
    return this.#store(stored) === stored && [stored, undefined].includes(this.#store(printed) as string);
  }

  /** Undefined for a value that SQLite cannot hold. */
  read(printed: string | null): StoredValue | undefined {
    return printed === null ? this.#ofNull : this.#store(printed);
  }
}
