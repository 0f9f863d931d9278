import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { ProgrammingError } from '../../../errors.ts';
import type { RowRange, RowsRead } from '../../source.ts';
import { PageFile } from '../pages/page-file.ts';
import { TableCursor } from '../pages/table-cursor.ts';
import type { Budget } from './budget.ts';

const FIRST_CAPACITY = 4_096;

/** One for the thread's life: what it opens stays open (see PageFile.openLive). */
let pages: PageFile | undefined;

/** Checksums of the records of a range, from the pages of the file and of its write-ahead log. */
export function checksumRows(
  db: Database,
  { table, bounds }: RowRange,
  budget: Budget,
): Pick<RowsRead, 'rows' | 'checksums' | 'stoppedAt'> {
  const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?`).pluck();
  if (bounds === undefined) throw new ProgrammingError('checksums are taken of ranges of rowids');
  pages ??= PageFile.openLive(db.name, 'scan');
  // Between two tasks others may have written.
  pages.refresh();
  const cursor = new TableCursor(pages, Number(root.get(table.source)));
  const last = Number(bounds.highest);
  let rowids = new Float64Array(FIRST_CAPACITY);
  let sums = new Uint32Array(FIRST_CAPACITY);
  let rows = 0;
  let stoppedAt: bigint | undefined;
  cursor.seek(Number(bounds.lowest));
  while (cursor.next() && cursor.rowid <= last) {
    if (rows === rowids.length) {
      rowids = grown(rowids, new Float64Array(rows * 2));
      sums = grown(sums, new Uint32Array(rows * 2));
    }
    rowids[rows] = cursor.rowid;
    sums[rows++] = crc32(cursor.payload.subarray(cursor.start, cursor.start + cursor.size));
    budget.take(cursor.size);
    if (!budget.row()) {
      stoppedAt = BigInt(cursor.rowid);
      break;
    }
  }
  const checksums = { rowids: rowids.slice(0, rows), sums: sums.slice(0, rows) };
  return { rows, checksums, ...(stoppedAt !== undefined && { stoppedAt }) };
}

function grown<Numbers extends Float64Array | Uint32Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
