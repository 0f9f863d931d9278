import { readdirSync, readFileSync } from 'node:fs';
import type { LocalPostgres } from './server.ts';

/** Whether {@link freeze} can find the server's processes: only Linux has them as files. */
export const canFreeze = process.platform === 'linux';

/** Stops a server and all its processes where they are, connections open, until the returned function is called. */
export function freeze({ pid }: Pick<LocalPostgres, 'pid'>): () => void {
  // The server first, so that it starts no more of them.
  signal(pid, 'SIGSTOP');
  const frozen = [...childrenOf(pid), pid];
  for (const each of frozen) signal(each, 'SIGSTOP');
  return () => {
    for (const each of frozen.splice(0)) signal(each, 'SIGCONT');
  };
}

/** One that has ended meanwhile must not keep the others from being let go. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
