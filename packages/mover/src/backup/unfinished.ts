import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What something is called while this process is still making it. */
export function unfinishedName(name: string): string {
  return `.unfinished-${process.pid}@${hostname()}-${name}`;
}

/** Removes what runs on this machine left unfinished that were killed. */
export async function removeLeftovers(parent: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(parent)) {
    const [start = '', pid] = /^\.unfinished-(\d+)@/.exec(entry) ?? [];
    const rest = entry.slice(start.length);
    if (pid === undefined || !rest.startsWith(`${hostname()}-`) || isAlive(Number(pid))) continue;
    if (isOurs(rest.slice(hostname().length + 1)))
      await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
