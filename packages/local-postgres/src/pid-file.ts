import { readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the server writes about itself into its data folder. */
export interface PidFile {
  readonly pid: number;
  /** `starting`, `ready`, `stopping` …; empty in the first instant. */
  readonly status: string;
}

/** Reads `postmaster.pid` (lines: see src/include/utils/pidfile.h of PostgreSQL). */
export async function readPidFile(dataDir: string): Promise<PidFile | undefined> {
  const text = await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' };
}

/**
 * Makes sure that no server runs on the data folder.
 *
 * A stale file (the server was killed, its number since given to another process) is
 * removed. A live server gets a few seconds, since it may be the one of a run that was
 * just killed, on its way down; then it is an error.
 */
export async function ensureNotRunning(dataDir: string, waitMs = 5000): Promise<void> {
  const until = Date.now() + waitMs;
  for (;;) {
    const file = await readPidFile(dataDir);
    if (!file) return;
    if (!(await serves(file.pid, dataDir))) {
      await rm(path.join(dataDir, 'postmaster.pid'), { force: true });
      return;
    }
    if (Date.now() > until) {
      throw new Error(
        `A PostgreSQL server (process ${file.pid}) already runs on ${dataDir}: stop the program that ` +
          'started it, or choose another data folder.',
      );
    }
    await sleep(100);
  }
}

/** Whether the process is a server on this very data folder (each of them works inside its own). */
async function serves(pid: number, dataDir: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === dataDir;
  } catch (error) {
    // Gone meanwhile, or somebody else's, which cannot be a server of ours.
    return !['ENOENT', 'EACCES', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
