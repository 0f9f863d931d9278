import { readFileSync, statSync } from 'node:fs';

/** The bytes of a file that SQLite locks for reading, which lie beyond what most files have (SQLite, os.h). */
const SHARED_FIRST = 0x4000_0002;

/** `1: POSIX  ADVISORY  READ 4711 fd:00:12345 1073741826 1073742335`: proc_locks(5). */
const LOCK = /^\d+: POSIX +ADVISORY +READ +(\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) (\d+) /;

/**
 * Other processes that read a SQLite file in a transaction, which keeps everybody from committing where there is no
 * write-ahead log. Empty where the system does not tell (other ones than Linux, processes of other containers).
 */
export function readersOf(file: string): string[] {
  const { ino } = statSync(file, { bigint: true });
  const pids = lines('/proc/locks').flatMap((line) => {
    const [, pid, , , inode, first] = LOCK.exec(line) ?? [];
    const isReading = inode === `${ino}` && Number(first) === SHARED_FIRST;
    return isReading && Number(pid) !== process.pid ? [pid as string] : [];
  });
  return [...new Set(pids)].map((pid) => `process ${pid}${nameOf(pid)}`);
}

function nameOf(pid: string): string {
  const [name] = lines(`/proc/${pid}/comm`);
  return name ? ` (${name})` : '';
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
