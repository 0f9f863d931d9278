import { Corrupt } from './corrupt.ts';
import type { Pages } from './pages.ts';

/** Kinds of pages that have children, of tables and of indexes (SQLite file format, 1.6). */
const INTERIOR: ReadonlySet<number | undefined> = new Set([0x05, 0x02]);
const HEADER = 12;
const FILE_HEADER = 100;
const POINTER_BYTES = 2;
const CHILD_BYTES = 4;

/**
 * How many pages the trees with these roots have. Pages with the rest of a large row are in no tree, and are not looked at.
 *
 * @param most pages that there can be
 */
export function countTreePages(pages: Pages, roots: readonly number[], most: number): number {
  return roots.reduce((sum, root) => sum + countTree(pages, root, most), 0);
}

/** Level by level, of which the last one, by far the largest, is counted and not read: all leaves are as deep. */
function countTree(pages: Pages, root: number, most: number): number {
  let count = 1;
  for (let level = childrenOf(pages, root); level.length > 0; ) {
    count += level.length;
    if (childrenOf(pages, level[0] as number).length === 0) break;
    const next: number[] = [];
    for (const page of level) {
      next.push(...childrenOf(pages, page));
      if (count + next.length > most)
        throw new Corrupt(`the tree at page ${root} has more pages than there are`);
    }
    level = next;
  }
  return count;
}

/** None of a leaf. */
function childrenOf(pages: Pages, page: number): number[] {
  const pageAt = pages.seek(page);
  const { buffer, pageSize } = pages;
  const at = page === 1 ? pageAt + FILE_HEADER : pageAt;
  if (!INTERIOR.has(buffer[at])) return [];
  const children = [buffer.readUInt32BE(at + 8)];
  const end = at + HEADER + buffer.readUInt16BE(at + 3) * POINTER_BYTES;
  for (let pointer = at + HEADER; pointer < end; pointer += POINTER_BYTES) {
    const cell = pointer < pageAt + pageSize ? buffer.readUInt16BE(pointer) : pageSize;
    if (cell + CHILD_BYTES > pageSize) throw new Corrupt(`page ${page} has a cell behind its end`);
    children.push(buffer.readUInt32BE(pageAt + cell));
  }
  return children;
}
