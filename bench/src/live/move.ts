import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { root } from '../root.ts';
import { runProgram } from '../transfer/run-program.ts';
import { opsCommand, postgresUrl, type Testbed } from '../transfer/testbed.ts';

/** How SQLite makes a commit safe: a rollback journal, or a write-ahead log. */
export type Journal = 'delete' | 'wal';

const WRITER = join(root, 'bench/dist/live/writer.js');

/** What a command took. */
export interface Taken {
  readonly wholeSeconds: number;
  readonly programSeconds: number | undefined;
  readonly serverSeconds: number | undefined;
}

/** Milliseconds that writes took, in their order. */
export type Writes = readonly number[];

export interface LiveResult extends Taken {
  readonly alone: Writes;
  readonly beside: Writes;
}

/** Moves a copy of the source that stands still. */
export function transferWhole(testbed: Testbed): Promise<Taken> {
  return inMigrated(testbed, 'transfer', testbed.source);
}

/**
 * Begins the live move of a copy of the source, which another process goes on writing to.
 *
 * @param writes of that process in a second
 * @param aloneMs milliseconds for which it writes alone first
 */
export async function startLive(
  testbed: Testbed,
  journal: Journal,
  { writes, aloneMs }: { readonly writes: number; readonly aloneMs: number },
): Promise<LiveResult> {
  const file = join(testbed.folder, 'live.db');
  copyFileSync(testbed.source, file);
  try {
    const db = new Database(file);
    db.pragma(`journal_mode = ${journal}`);
    db.close();
    const alone = await writing(file, writes, () => sleep(aloneMs));
    let taken: Taken | undefined;
    const beside = await writing(file, writes, async () => {
      taken = await inMigrated(testbed, 'cutover', file, 'start');
    });
    return { ...(taken as Taken), alone, beside };
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
  }
}

function inMigrated(testbed: Testbed, command: string, file: string, step?: string): Promise<Taken> {
  return testbed.withMigrated(async (url) => {
    const args = [opsCommand, command, ...(step ? [step] : []), '--source', file, '--json'];
    const reports = step ? [] : ['--report', join(testbed.folder, 'reports')];
    const { done, serverSeconds } = await testbed.countingServer(() =>
      runProgram(process.execPath, [...args, ...reports], postgresUrl(url)),
    );
    return { wholeSeconds: done.seconds, programSeconds: done.processorSeconds, serverSeconds };
  });
}

async function writing(file: string, aSecond: number, work: () => Promise<unknown>): Promise<Writes> {
  if (aSecond === 0) {
    await work();
    return [];
  }
  const writer = fork(WRITER, [file, `${1000 / aSecond}`]);
  try {
    await answer(writer);
    await work();
    writer.send('stop');
    return await answer<number[]>(writer);
  } finally {
    writer.kill('SIGKILL');
  }
}

async function answer<Answer>(writer: ChildProcess): Promise<Answer> {
  const ended = once(writer, 'exit').then(() => Promise.reject(new Error('the writer ended')));
  ended.catch(() => undefined);
  return (await Promise.race([once(writer, 'message'), ended]))[0] as Answer;
}
