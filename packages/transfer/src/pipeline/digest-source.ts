import type { TablePlan } from '../plan/types.ts';
import type { DigestResult, PlannedTable, SourceView } from '../source/source.ts';
import type { TableDigest } from '../target/target.ts';

/**
 * The source's half of the proof. It needs nothing of the target, so it can begin while the target is still
 * being finalized, when readers and processors have little to do.
 */
export class SourceDigest {
  /** By target table. */
  readonly tables: Promise<ReadonlyMap<string, TableDigest>>;
  /** What is done so far; bytes of the rows' texts. */
  rows = 0;
  bytes = 0;
  #onRows: (rows: number, bytes: number) => void = () => undefined;

  constructor(view: SourceView, tables: readonly PlannedTable[]) {
    this.tables = this.#digest(view, tables);
    // Whoever waits for it later is told; nobody may be waiting yet.
    this.tables.catch(() => undefined);
  }

  /** Reports the rows that are done from now on. */
  follow(onRows: (rows: number, bytes: number) => void): void {
    this.#onRows = onRows;
  }

  async #digest(
    view: SourceView,
    tables: readonly PlannedTable[],
  ): Promise<ReadonlyMap<string, TableDigest>> {
    const digests = new Map<string, TableDigest>();
    await view.runAll(view.cut(tables), async (range, reader) => {
      const part: DigestResult = await reader.run({ kind: 'digest', range });
      this.rows += part.rows;
      this.bytes += part.bytes;
      this.#onRows(part.rows, part.bytes);
      const sum = digestOf(digests, range.table);
      digests.set(range.table.target.name, {
        rows: sum.rows + BigInt(part.rows),
        high: BigInt.asUintN(64, sum.high + part.sums[0]),
        low: BigInt.asUintN(64, sum.low + part.sums[1]),
      });
    });
    return digests;
  }
}

/** A table's digest; that of no rows for one that has none. */
export function digestOf(digests: ReadonlyMap<string, TableDigest>, { target }: TablePlan): TableDigest {
  return digests.get(target.name) ?? { rows: 0n, high: 0n, low: 0n };
}
