import { afterAll, beforeAll } from 'vitest';
import type { LocalPostgres } from './server.ts';
import { startStandby } from './standby.ts';
import { startLocalPostgres } from './start.ts';

/** Two servers, of which one follows the other until a test promotes it. */
export interface StandbyPair {
  readonly primary: LocalPostgres;
  readonly standby: LocalPostgres;
}

/**
 * A primary and its standby for the tests of the calling file, which are gone after them.
 *
 * @param prepare works on the primary before the standby is copied from it
 */
export function standbyPair(
  prepare: (primary: LocalPostgres) => Promise<void> = async () => undefined,
): StandbyPair {
  let primary: LocalPostgres | undefined;
  let standby: LocalPostgres | undefined;
  beforeAll(async () => {
    primary = await startLocalPostgres();
    await prepare(primary);
    standby = await startStandby(primary);
  });
  afterAll(async () => {
    await standby?.dispose();
    await primary?.dispose();
  });
  const started = (server: LocalPostgres | undefined) => {
    if (server === undefined) throw new Error('The servers start before the tests: use them inside of one.');
    return server;
  };
  return {
    get primary() {
      return started(primary);
    },
    get standby() {
      return started(standby);
    },
  };
}
