import { type Move, type MoveOptions, withMove } from '../move.ts';
import { bringUp } from './bring-up.ts';

export interface Started {
  readonly moveId: string;
  /** Rows of each table that PostgreSQL holds. */
  readonly rows: Readonly<Record<string, number>>;
  /** Lines of the file's change log that are not applied yet. */
  readonly lag: bigint;
}

/** Brings PostgreSQL up to the file while writers go on; the same call carries on what an earlier one began. */
export async function start(options: MoveOptions): Promise<Started> {
  return withMove(options, async (move) => {
    const { record, tables } = await bringUp(move);
    return {
      moveId: record.id,
      rows: Object.fromEntries(tables.map(({ table, extent }) => [table.target.name, extent.rows])),
      lag: lagOf(move, record.applied),
    };
  });
}

export function lagOf({ file }: Pick<Move, 'file'>, applied: bigint): bigint {
  return file.logEnd() - applied;
}
