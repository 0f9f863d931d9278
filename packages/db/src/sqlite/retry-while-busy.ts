import { setTimeout as sleep } from 'node:timers/promises';
import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { DatabaseLockedError } from '../errors.ts';

const SHORTEST_PAUSE = 2;
const LONGEST_PAUSE = 50;

/**
 * Tries `work` again for as long as another process has the file locked. SQLite's own busy time-out would
 * hold up this whole process instead of one caller.
 *
 * @param work changes nothing when it fails because of a lock
 * @throws {DatabaseLockedError} after `timeoutSeconds`
 */
export async function retryWhileBusy<T>(
  file: string,
  timeoutSeconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() + pause > deadline) {
        throw new DatabaseLockedError(file, timeoutSeconds, { cause: error });
      }
      await sleep(pause);
    }
  }
}

/** SQLITE_BUSY in all its forms, as Prisma's adapter or as the driver tells it. */
export function isLocked(error: unknown): boolean {
  if (isDriverAdapterError(error)) return error.cause.kind === 'SocketTimeout';
  return String((error as { code?: unknown } | undefined)?.code).startsWith('SQLITE_BUSY');
}
