import { crc32 } from 'node:zlib';
import { ProgrammingError } from '../../../errors.ts';
import type { RowRange, RowsRead } from '../../source.ts';
import type { Pages } from '../pages/pages.ts';
import { TableCursor } from '../pages/table-cursor.ts';
import type { Budget } from './budget.ts';

const FIRST_CAPACITY = 4_096;

/**
 * Checksums of the records of a range, from the pages of the file and of its write-ahead log.
 *
 * @param root of the table
 * @param largest bytes of a record from which on none is in the range
 */
export function checksumRows(
  pages: Pages,
  root: number,
  { bounds }: RowRange,
  budget: Budget,
  largest?: number,
): Pick<RowsRead, 'rows' | 'checksums' | 'stoppedAt'> {
  if (bounds === undefined) throw new ProgrammingError('checksums are taken of ranges of rowids');
  const cursor = new TableCursor(pages, root, largest);
  const { lowest, highest } = bounds;
  const isExact = [lowest, highest].every((end) => Number.isSafeInteger(Number(end)));
  const last = Number(highest);
  let rowids: Float64Array | BigInt64Array = isExact
    ? new Float64Array(FIRST_CAPACITY)
    : new BigInt64Array(FIRST_CAPACITY);
  let sums = new Uint32Array(FIRST_CAPACITY);
  let rows = 0;
  let stoppedAt: bigint | undefined;
  cursor.seek(Number(lowest));
  while (cursor.next() && cursor.rowid <= last) {
    if (!isExact) {
      const exact = cursor.exactRowid();
      // The nearest number is that of others, too.
      if (exact < lowest) continue;
      if (exact > highest) break;
    }
    if (rows === rowids.length) {
      rowids =
        rowids instanceof Float64Array
          ? grown(rowids, new Float64Array(rows * 2))
          : grown(rowids, new BigInt64Array(rows * 2));
      sums = grown(sums, new Uint32Array(rows * 2));
    }
    if (rowids instanceof Float64Array) rowids[rows] = cursor.rowid;
    else rowids[rows] = cursor.exactRowid();
    sums[rows++] = crc32(cursor.payload.subarray(cursor.start, cursor.start + cursor.size));
    budget.take(cursor.size);
    if (!budget.row()) {
      stoppedAt = cursor.exactRowid();
      break;
    }
  }
  const checksums = { rowids: rowids.slice(0, rows), sums: sums.slice(0, rows) };
  return { rows, checksums, ...(stoppedAt !== undefined && { stoppedAt }) };
}

function grown<Numbers extends Float64Array | BigInt64Array | Uint32Array>(
  from: Numbers,
  into: Numbers,
): Numbers {
  if (from instanceof BigInt64Array) (into as BigInt64Array).set(from);
  else (into as Float64Array).set(from);
  return into;
}
