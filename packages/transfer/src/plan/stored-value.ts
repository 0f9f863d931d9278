import type { SqliteValue } from '../column-types/types.ts';
import type { StoredValue } from './rows.ts';

/**
 * A stored value as it is bound to a statement of SQLite; text stays bytes, because bytes that are no UTF-8
 * would not survive as a JavaScript string (bind it to `CAST(? AS TEXT)`, which takes them over as they are).
 */
export function fromStored({ storageClass, bytes }: StoredValue): Exclude<SqliteValue, string> {
  if (bytes === null || storageClass === 'null') return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (storageClass === 'integer') return buffer.readBigInt64BE();
  if (storageClass === 'real') return buffer.readDoubleBE();
  return buffer;
}
