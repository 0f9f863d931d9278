import { ProgrammingError } from '@vatevo/transfer';
import { inodeOf, refuseHoldersOfOldFile } from '../file/identity.ts';
import { refuseRowsOfServer } from '../forward/differences.ts';
import type { Move } from '../move.ts';
import { FENCE_LAG_THRESHOLD, Outrun } from '../pursuit.ts';
import { FENCE_MS } from '../rounds.ts';
import { countRows } from '../server/count-rows.ts';
import { fence, unfence, unfencedTables, waitForWriters } from '../server/triggers.ts';
import { highWaterMarks } from './apply.ts';
import { countLines } from './changes.ts';
import { applyAndCompare, goesOnServing, type Returning } from './follow.ts';
import { namesOf, refuseChanged, virtualTables } from './refuse.ts';

export interface RolledBack {
  /** `failed-back` now, or found `already-failed-back`. */
  readonly outcome: 'failed-back' | 'already-failed-back';
  readonly moveId: string;
  /** Milliseconds for which nothing could be written. */
  readonly downtimeMs: number | undefined;
  readonly rowsCompared: number;
  readonly rowsVerifiedInFence: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Migrations that were applied to the file, so that it has a place for what PostgreSQL holds. */
  readonly migrations: readonly string[];
  /** What the operator left in PostgreSQL by name. */
  readonly leftBehind: readonly string[];
  /** Tables that somebody made in PostgreSQL after it was last looked at, and that the file therefore lacks. */
  readonly strays: readonly string[];
  /** Virtual tables of the file, which are as they were when PostgreSQL took over. */
  readonly virtualTables: readonly string[];
}

const RUN_AGAIN = 'run the same command again; PostgreSQL goes on serving';

export async function handOverToFile(
  returning: Returning,
): Promise<Omit<RolledBack, 'rowsCompared' | 'migrations'>> {
  const { move, record, looked, misfits, pursuit } = returning;
  const { file, server, client } = move;
  await server.keep(record.id, { returnInode: inodeOf(file.file) });
  let fenced = 0;
  await server.transition('fenceServer', 'handed-over', async () => {
    // Nobody was refused yet, but waits: what is too much is followed once more before anybody is.
    fenced = await waitForWriters(client, looked.served);
    const left = await countLines(client, file.read()?.applied ?? null, FENCE_LAG_THRESHOLD + 1n);
    if (left > FENCE_LAG_THRESHOLD) throw new Outrun(left);
    await fence(client, looked.served, 'returning');
    await refuseChanged(looked, move, RUN_AGAIN);
  });
  pursuit.deadline = fenced + FENCE_MS / 2;
  try {
    const rowsVerifiedInFence = await applyAndCompare(returning, async (_, rows) => rows);
    const rows = await compareCounts(returning);
    await setHighWaterMarks(returning);
    refuseHoldersOfOldFile(file.file);
    // No lock keeps tables from being made.
    await refuseChanged(looked, move, RUN_AGAIN);
    move.proof.give();
    // Asked at the last moment, on the connection that holds the lock: a standby that was promoted meanwhile may serve.
    file.release('failBack', await server.state());
    const downtimeMs = performance.now() - fenced;
    await server.keep(record.id, { downtimeMs });
    const strays = await endFailback(move);
    file.removeRest();
    return {
      outcome: 'failed-back',
      moveId: record.id,
      downtimeMs,
      rowsVerifiedInFence,
      rows,
      leftBehind: namesOf(misfits),
      strays,
      virtualTables: virtualTables(file.file),
    };
  } catch (error) {
    // What fails later has handed back already, and the next call ends it.
    if (file.state() === 'handed-over')
      await server.transition('unfenceServer', 'handed-over', () => unfence(client));
    throw error;
  } finally {
    pursuit.deadline = undefined;
  }
}

/** @returns tables that were made behind the fence, and are behind it from now on */
export async function endFailback(move: Move): Promise<string[]> {
  const { server, client } = move;
  const strays: string[] = [];
  await server.transition('endFailback', 'released', async () => {
    const tables = await unfencedTables(client, await move.served());
    await fence(client, tables, 'returning');
    strays.push(...tables.map(({ name }) => name));
  });
  return strays;
}

/** Every row of the file was compared; equal counts say that PostgreSQL has no other ones. */
async function compareCounts({ move, plan, tables, options }: Returning): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const inFile = move.file.count(table.plan.source);
    const inServer = await countRows(move.client, table.plan);
    counts[table.plan.target.name] = inFile;
    if (inFile === inServer) continue;
    const planned = (await move.pool().measure(plan, true)).find((one) => one.table === table.plan);
    if (planned === undefined) throw new ProgrammingError('a table that goes back is planned');
    await refuseRowsOfServer(move, planned, { inFile, inServer }, goesOnServing({ options }));
  }
  return counts;
}

/** An id that was assigned once is not assigned again. */
async function setHighWaterMarks({ move, tables }: Returning): Promise<void> {
  const given = await highWaterMarks(move.client, tables);
  move.file.write((db) => {
    const remembers = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
    if (remembers === undefined) return null;
    const set = db.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?');
    const insert = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
    for (const [table, id] of given) if (set.run(id, table).changes === 0) insert.run(table, id);
    return null;
  });
}
