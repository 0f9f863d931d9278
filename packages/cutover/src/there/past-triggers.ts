import {
  changedRowids,
  checksumAll,
  compareRowids,
  type DifferingRow,
  type PlannedTable,
  type RowChecksums,
  readLoggedKeys,
} from '@vatevo/transfer/pipeline';
import { isCutByKey, type TablePlan, type TransferPlan } from '@vatevo/transfer/plan';
import type { Move } from '../move.ts';
import { readChecksums } from '../server/checksums.ts';

export interface Found {
  readonly differing: readonly DifferingRow[];
  /** Rows of the file. */
  readonly counts: ReadonlyMap<TablePlan, number>;
}

/**
 * Finds rows that were written past the triggers, by a connection that has them switched off or by something
 * that is not SQLite.
 *
 * A checksum of every row was taken before all rows were compared. A row whose checksum is another one now, and
 * which the log does not name, was changed without the log's knowledge since, and is compared once more.
 */
export class PastTriggers {
  readonly #move: Move;
  readonly #before: ReadonlyMap<string, readonly RowChecksums[]>;
  /** Rowids that the log names, of the tables whose rowid is their key. */
  readonly #logged = new Map<TablePlan, Set<number>>();
  #place: bigint;

  private constructor(move: Move, before: ReadonlyMap<string, readonly RowChecksums[]>, place: bigint) {
    this.#move = move;
    this.#before = before;
    this.#place = place;
  }

  /** @param place in the file's log, at which the checksums were taken */
  static async open(move: Move, id: string, plan: TransferPlan, place: bigint): Promise<PastTriggers> {
    const found = new PastTriggers(move, await readChecksums(move.client, id), place);
    for (const table of plan.tables) found.#logged.set(table, new Set());
    await found.followLog();
    return found;
  }

  /** Takes note of what the log names up to now, so that less is left for later. */
  async followLog(): Promise<void> {
    const end = this.#move.file.logEnd().seq;
    await this.#move.pool().withReader((reader) =>
      readLoggedKeys(reader, [...this.#logged.keys()], this.#place, end, (table, [key]) => {
        this.#logged.get(table)?.add(Number(key));
      }),
    );
    this.#place = end;
  }

  /** Call it when nobody can write. @returns rows that differ although the log knows nothing of a change */
  async find(tables: readonly PlannedTable[]): Promise<Found> {
    await this.followLog();
    const now = await checksumAll(this.#move.pool(), tables);
    const differing: DifferingRow[] = [];
    const counts = new Map<TablePlan, number>();
    for (const { table, pieces } of now) {
      counts.set(
        table,
        pieces.reduce((sum, { rowids }) => sum + rowids.length, 0),
      );
      const changed = changedRowids(this.#before.get(table.source) ?? [], pieces);
      const logged = isCutByKey(table) ? this.#logged.get(table) : undefined;
      const unexplained = [...changed].filter((rowid) => !logged?.has(rowid));
      const compared = await this.#move
        .pool()
        .withReader((reader) => compareRowids(reader, this.#move.target.digests, table, unexplained));
      differing.push(...compared.differing);
    }
    return { differing, counts };
  }
}
