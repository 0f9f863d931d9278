import type { ReaderPool } from '../source/sqlite/readers/pool.ts';
import type { DigestResult } from '../source/sqlite/readers/protocol.ts';
import type { TableDigest } from '../target/postgres/digest.ts';
import { cutRanges, type PlannedTable } from './ranges.ts';

/**
 * The source's half of the proof. It needs nothing of the target, so it can begin while the target is still
 * being settled, when readers and processors have little to do.
 */
export class SourceDigest {
  /** By target table. */
  readonly tables: Promise<ReadonlyMap<string, TableDigest>>;
  /** What is done so far; bytes of the rows' texts. */
  rows = 0;
  bytes = 0;
  #onRows: (rows: number, bytes: number) => void = () => undefined;

  constructor(pool: ReaderPool, tables: readonly PlannedTable[]) {
    this.tables = this.#digest(pool, tables);
    // Whoever waits for it later is told; nobody may be waiting yet.
    this.tables.catch(() => undefined);
  }

  /** Reports the rows that are done from now on. */
  follow(onRows: (rows: number, bytes: number) => void): void {
    this.#onRows = onRows;
  }

  async #digest(
    pool: ReaderPool,
    tables: readonly PlannedTable[],
  ): Promise<ReadonlyMap<string, TableDigest>> {
    const digests = new Map<string, TableDigest>();
    await pool.runAll(cutRanges(tables), async (range, reader) => {
      const part: DigestResult = await reader.run({ kind: 'digest', range });
      this.rows += part.rows;
      this.bytes += part.bytes;
      this.#onRows(part.rows, part.bytes);
      const { name } = range.table.target;
      const sum = digests.get(name) ?? { rows: 0n, high: 0n, low: 0n };
      digests.set(name, {
        rows: sum.rows + BigInt(part.rows),
        high: BigInt.asUintN(64, sum.high + part.sums[0]),
        low: BigInt.asUintN(64, sum.low + part.sums[1]),
      });
    });
    return digests;
  }
}
