import { spawn } from 'node:child_process';
import type { DataFolder } from './data-folder.ts';

/**
 * Waits for its standard input to end, which the system sees to when the owner dies in
 * whatever way; then stops the server named last (an empty line: none) and removes
 * temporary data. $1: data folder. $2: the folder to remove
 * with it, empty when the data is kept.
 */
const script = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  if [ ! -d /proc/self ] || [ "$(readlink "/proc/$pid/cwd")" = "$1" ]; then
    kill -CONT "$pid"
    if [ -n "$2" ]; then kill -QUIT "$pid"; else kill -INT "$pid"; fi
    tries=0
    while kill -0 "$pid" && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries+1)); done
    kill -QUIT "$pid"
  fi
fi
if [ -n "$2" ]; then rm -rf -- "$2"; fi
`;

/** Ends a server and its temporary data when the process that owns them dies, even by `kill -9`. */
export interface Guardian {
  /** Names the process to stop, or `undefined` when there is none any more. */
  watch(pid: number | undefined): void;
  /** Lets go: removes temporary data now. Resolves when that is done. */
  release(): Promise<void>;
}

/**
 * Starts the guardian of a data folder: a `sh` in a session of its own, so that neither
 * Ctrl-C nor the end of the terminal reaches it before its owner has gone. By Node's own spawn: it outlives this process, and
 * its standard input must keep neither of them running.
 */
export function startGuardian({ dataDir, temporary }: DataFolder): Guardian {
  const child = spawn('/bin/sh', ['-c', script, 'guardian', dataDir, temporary ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return {
    watch: (pid) => void child.stdin.write(`${pid ?? ''}\n`),
    async release() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
