import type { Database } from 'better-sqlite3';
import { TransferError } from '../../errors.ts';
import { quoteName } from '../../quote.ts';
import { readStoredTables } from './catalog.ts';

/** Makes a file of UTF-8, and of the same texts where {@link findLossy} finds none. */
const CONVERT = 'sqlite3 FILE .dump | sqlite3 NEW';

/**
 * SQLite turns UTF-16 into UTF-8 as it reads, and makes other characters of half a surrogate pair without a
 * word: what the file really holds could not be told.
 *
 * @throws TransferError `source-unusable` with the command that converts the file, or with the columns that it would change
 */
export function refuseUtf16(file: string, db: Database): void {
  const encoding = db.pragma('encoding', { simple: true }) as string;
  if (encoding === 'UTF-8') return;
  const lossy = findLossy(db, encoding);
  const advice =
    lossy.length === 0
      ? `convert it first (${CONVERT})`
      : `give other texts to the rows of ${lossy.join(', ')} that hold a NUL character or half of a surrogate pair, which PostgreSQL takes none of and a conversion would change without a word; then convert it (${CONVERT})`;
  throw new TransferError(
    'source-unusable',
    `${file} is encoded in ${encoding}, which is read with silent changes where it is not well-formed: ${advice}.`,
  );
}

/** Columns with texts that the command would cut (at a NUL character) or change (half of a surrogate pair). */
function findLossy(db: Database, encoding: string): string[] {
  return readStoredTables(db).flatMap((table) =>
    table.virtual
      ? []
      : table.columns
          .filter(({ name, generated }) => !generated && holdsLossy(db, table.name, name, encoding))
          .map(({ name }) => `${table.name}.${name}`),
  );
}

function holdsLossy(db: Database, table: string, column: string, encoding: string): boolean {
  const name = quoteName(column);
  // As a blob a text keeps the bytes that are stored.
  const texts = db
    .prepare(`SELECT CAST(${name} AS BLOB) FROM ${quoteName(table)} WHERE typeof(${name}) = 'text'`)
    .pluck()
    .iterate() as IterableIterator<Buffer>;
  for (const bytes of texts) {
    const text = (encoding === 'UTF-16be' && bytes.length % 2 === 0 ? bytes.swap16() : bytes).toString(
      'utf16le',
    );
    if (bytes.length % 2 !== 0 || text.includes('\0') || !text.isWellFormed()) return true;
  }
  return false;
}
