import type { DoneRange, PlannedTable, RowRange, RowsRead, SourceReader, Wanted } from './source.ts';

/** All rowids that there can be. */
export const EVERYWHERE: Bounds = { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n };

type Bounds = NonNullable<RowRange['bounds']>;

/** What one read brought, and between which rowids it lay: in a table without them, the read's own number. */
export interface Step {
  readonly read: RowsRead;
  readonly bounds: Bounds;
  readonly behind?: RowRange['behind'];
}

/** Works through a range in short reads, in the order of the rowids, or of the keys where there are none. */
export async function* steps(
  reader: Pick<SourceReader, 'read'>,
  range: RowRange,
  want: Exclude<Wanted, 'keys' | 'changes'>,
): AsyncGenerator<Step, void> {
  const { lowest: first, highest: last } = range.bounds ?? EVERYWHERE;
  let rest: RowRange = { ...range, bounds: { lowest: first, highest: last } };
  for (let lowest = first; lowest <= last; ) {
    const [read] = (await reader.read([rest], want)).ranges as [RowsRead];
    const { behind } = rest;
    const { stoppedAt = last } = read;
    const highest = typeof stoppedAt === 'bigint' ? stoppedAt : lowest;
    yield { read, bounds: { lowest, highest }, ...(behind && { behind }) };
    lowest = highest + 1n;
    rest = restOf(rest, stoppedAt);
  }
}

/** What is left of a range that was read up to a row. */
export function restOf(range: RowRange, stoppedAt: NonNullable<RowsRead['stoppedAt']>): RowRange {
  if (typeof stoppedAt !== 'bigint') return { ...range, behind: stoppedAt };
  return { ...range, bounds: { lowest: stoppedAt + 1n, highest: (range.bounds ?? EVERYWHERE).highest } };
}

/** Whether a table without rowids was read to its end: of no other part of it does anybody know where it lies. */
export function isReadToEnd({ target }: PlannedTable['table'], done: readonly DoneRange[]): boolean {
  return done.some(({ table, highest }) => table === target.name && highest === EVERYWHERE.highest);
}
