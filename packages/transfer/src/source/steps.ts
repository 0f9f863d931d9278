import type { RowRange, RowsRead, SourceReader, Wanted } from './source.ts';

/** All rowids that there can be. */
export const EVERYWHERE: Bounds = { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n };

type Bounds = NonNullable<RowRange['bounds']>;

/** What one read brought, and between which rowids it lay. */
export interface Step {
  readonly read: RowsRead;
  readonly bounds: Bounds;
}

/** Works through a range in short reads, in the order of the rowids. */
export async function* steps(
  reader: Pick<SourceReader, 'read'>,
  range: RowRange,
  want: Exclude<Wanted, 'keys' | 'changes'>,
): AsyncGenerator<Step, void> {
  const { lowest: first, highest: last } = range.bounds ?? EVERYWHERE;
  for (let lowest = first; lowest <= last; ) {
    const [read] = (await reader.read([{ ...range, bounds: { lowest, highest: last } }], want)).ranges as [
      RowsRead,
    ];
    const highest = read.stoppedAt ?? last;
    yield { read, bounds: { lowest, highest } };
    lowest = highest + 1n;
  }
}
