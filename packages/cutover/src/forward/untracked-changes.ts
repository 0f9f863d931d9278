import {
  type ChecksumFile,
  changedRowids,
  checksumAll,
  compareRowids,
  compareTable,
  type DifferingRow,
  type PlannedTable,
  type Rowid,
  readLoggedKeys,
  toRowid,
  unchangedInFile,
} from '@vatevo/transfer/pipeline';
import { isCutByKey, type TablePlan, type TransferPlan } from '@vatevo/transfer/plan';
import type { PostgresTarget } from '@vatevo/transfer/postgres';
import type { Move } from '../move.ts';
import { readChecksums } from '../server/checksums.ts';

export interface Found {
  readonly differing: readonly DifferingRow[];
  /** Rows of the file, by table. */
  readonly counts: ReadonlyMap<TablePlan, number>;
}

/**
 * Finds untracked changes: rows that were written by a connection that has the triggers switched off, or by something
 * that is not SQLite.
 *
 * A checksum of every row was taken before all rows were compared. A row whose checksum is another one now, and
 * which the log does not name, was changed without the log's knowledge since, and is compared once more. (Of a table without
 * rowids all rows are: a checksum has nothing there to be kept by.) Checksums lie on
 * disk, so memory does not grow with the file. That reads the
 * whole file, so it is done beside the writers before the fence, and for what came after that when all is handed over.
 */
export class UntrackedChanges {
  readonly #move: Move;
  #before: ChecksumFile;
  /** Rowids that the log names since, of the tables whose rowid is their key. */
  #logged: ReadonlyMap<TablePlan, Set<Rowid>>;
  #place: bigint;

  private constructor(move: Move, plan: TransferPlan, before: ChecksumFile, place: bigint) {
    this.#move = move;
    this.#before = before;
    this.#logged = new Map(plan.tables.map((table) => [table, new Set()]));
    this.#place = place;
  }

  /** @param place in the file's log, at which the checksums were taken */
  static async open(move: Move, id: string, plan: TransferPlan, place: bigint): Promise<UntrackedChanges> {
    return new UntrackedChanges(move, plan, await readChecksums(move.client, id), place);
  }

  /**
   * Looks while others may be writing, and remembers how the rows are now.
   *
   * @param applied the place in the log that PostgreSQL stands at
   */
  async findBeside(tables: readonly PlannedTable[], applied: bigint): Promise<Found> {
    const place = this.#move.file.logEnd().seq;
    const now = await checksumAll(this.#move.pool(), tables);
    // To its end: what changed while the checksums were taken is named by then.
    await this.#followLog();
    const found = await this.#unexplained(now, tables, this.#move.target);
    const unchanged = unchangedInFile(applied);
    const differing = await this.#move.pool().withReader((reader) => unchanged(reader, found.differing));
    this.#logged = new Map(tables.map(({ table }) => [table, new Set()]));
    this.#place = place;
    return { ...found, differing };
  }

  /** Looks when nobody writes to the file any more. @param witness sees PostgreSQL as it was when it took over */
  async findAfter(tables: readonly PlannedTable[], witness: PostgresTarget): Promise<Found> {
    await this.#followLog();
    const now = await checksumAll(this.#move.pool(), tables);
    return this.#unexplained(now, tables, witness);
  }

  close(): void {
    this.#before.close();
  }

  async #followLog(): Promise<void> {
    this.#place = await this.#move.pool().withReader((reader) =>
      readLoggedKeys(reader, [...this.#logged.keys()], this.#place, (table, [key]) => {
        if (isCutByKey(table)) this.#logged.get(table)?.add(toRowid(BigInt(key ?? '')));
      }),
    );
  }

  /** Rows that differ although the log knows nothing of a change. From then on, `now` is what was before. */
  async #unexplained(
    now: ChecksumFile,
    tables: readonly PlannedTable[],
    { digests }: PostgresTarget,
  ): Promise<Found> {
    const before = this.#before;
    this.#before = now;
    try {
      return await this.#compareChanged(before, now, tables, digests);
    } finally {
      before.close();
    }
  }

  async #compareChanged(
    before: ChecksumFile,
    now: ChecksumFile,
    tables: readonly PlannedTable[],
    digests: PostgresTarget['digests'],
  ): Promise<Found> {
    const differing: DifferingRow[] = [];
    const counts = new Map<TablePlan, number>();
    for (const { table } of tables) {
      if (table.rowid === undefined) {
        const all = await this.#move.pool().withReader((reader) => compareTable(reader, digests, { table }));
        differing.push(...all.differing);
        counts.set(table, all.rows);
        continue;
      }
      counts.set(table, now.rows(table.source));
      const changed = changedRowids(before.pieces(table.source), now.pieces(table.source));
      const logged = isCutByKey(table) ? this.#logged.get(table) : undefined;
      const unexplained = [...changed].filter((rowid) => !logged?.has(rowid));
      const compared = await this.#move
        .pool()
        .withReader((reader) => compareRowids(reader, digests, table, unexplained));
      differing.push(...compared.differing);
    }
    return { differing, counts };
  }
}
