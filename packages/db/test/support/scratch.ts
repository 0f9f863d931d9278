import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { afterAll, beforeAll } from 'vitest';
import type { ScratchServer } from '../../src/check/scratch.ts';

/** One server for all that the tests of a file check, make and record; nothing else uses it. */
export function scratchServer(): ScratchServer {
  let server: LocalPostgres;
  beforeAll(async () => {
    server = await startLocalPostgres();
  });
  afterAll(() => server.dispose());
  return {
    createDatabase: (name) => server.createDatabase(name),
    dropDatabase: (name) => server.dropDatabase(name),
  };
}
