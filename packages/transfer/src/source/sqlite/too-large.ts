import type { Database } from 'better-sqlite3';
import { TransferError } from '../../errors.ts';
import { primaryKeyOf } from '../../plan/primary-key.ts';
import { describeLarge } from '../source.ts';
import { readSqliteCatalog } from './catalog.ts';
import { useSource } from './open.ts';
import { largestValues, MAX_READ, valueWithMore } from './size.ts';

/** A value that is too large, where it lies. */
interface Place {
  readonly name: string;
  readonly found: string;
}

/** What the driver says of a value of half a gigabyte and more, by the columns that hold such values. */
export function tooLarge(file: string, cause: unknown): TransferError {
  const places = largePlaces(file);
  const more = `more than ${MAX_READ} bytes`;
  if (places.length === 0)
    return new TransferError(
      'source-refused',
      `A rule of ${file}, or of the target, makes of several values one of ${more}, which cannot be read: take the rule away for the move.`,
      { cause },
    );
  return new TransferError(
    'source-refused',
    `${file} holds values of ${more} where they cannot be read: ${places.map(({ found }) => found).join(', ')}.`,
    { cause, next: { step: 'decide', leaveBehind: places.map(({ name }) => name), needless: [] } },
  );
}

function largePlaces(file: string): Place[] {
  const find = (db: Database) =>
    readSqliteCatalog(db).flatMap((table) => {
      const { name: of, columns, rowidName } = table;
      const key = primaryKeyOf(columns);
      const names = columns.map(({ name }) => name);
      return [...largestValues(db, of, names)].flatMap(([column, largest]): Place[] => {
        if (largest <= MAX_READ) return [];
        const shown = key.length > 0 || rowidName === undefined ? key : [rowidName];
        const value = valueWithMore(db, of, column, shown, MAX_READ);
        return value ? [{ name: `${of}.${column}`, found: `${of}.${column} (${describeLarge(value)})` }] : [];
      });
    });
  return useSource(file, find, { anyEncoding: true });
}
