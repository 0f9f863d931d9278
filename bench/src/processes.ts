import { readdirSync, readFileSync } from 'node:fs';

/** The process and all that descend from it, as long as they run. */
export function withChildren(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    readOr(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => withChildren(Number(child)))];
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when the process is gone, or the system has no such file. */
export function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
