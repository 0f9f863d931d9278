import { spawn } from 'node:child_process';

/** Waits for a word on standard input, which ends without one when its writer dies. */
const SCRIPT = 'read -r word; [ "$word" = done ] || sleep 1';

/**
 * Sees to it that the CLI notices when this process is killed.
 *
 * The CLI finds out, but ends before it can say so: it then waits for the exit of
 * a process that is gone already, beside a timer that does not keep it alive, and
 * with nothing else left to wait for it ends with code 0, as if all had gone well.
 * So a small `sh` shares our stderr and keeps it open for one second longer. It is
 * in a session of its own, which no signal for ours reaches. By Node's own spawn: it outlives this process.
 *
 * @returns ends it, for a process that ends in order
 */
export function startWitness(): () => void {
  const child = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  // Where there is no sh, there is no witness.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return () => void child.stdin.end('done\n');
}
