import { STORED_IN_SERVER } from '@vatevo/cutover-state';
import { expect, it } from 'vitest';
import { FileLedger } from '../src/file/ledger.ts';
import { abort, close, finish, rollback, start } from '../src/index.ts';
import { type Bench, LONG, makeBench } from './support/bench.ts';

const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)';

async function withBench(mode: string, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(`PRAGMA journal_mode = ${mode}; ${SQLITE}`, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

it.for(['WAL', 'DELETE'])('commits in the file so that a power failure takes nothing back (%s)', (mode) =>
  withBench(mode, async ({ file }) => {
    const ledger = new FileLedger(file, 'test');
    // 3 is EXTRA; the writer of this file has OFF, which is a setting of its own connection.
    expect(ledger.reading((db) => db.pragma('synchronous', { simple: true }))).toBe(3n);
    ledger.close();
  }),
);

/** The levels that let a crash of the server take a commit back, and the one that is stronger than what is needed. */
const LEVELS = [
  ['off', 'on'],
  ['local', 'on'],
  ['remote_apply', 'remote_apply'],
] as const;

// In the short suite the weakest alone.
it.for(LEVELS.slice(0, LONG ? LEVELS.length : 1))(
  'commits every transition in PostgreSQL durably where the role has synchronous_commit = %s',
  ([level, used]) =>
    withBench('DELETE', async (bench) => {
      // The schema of a move is there after one, and tells of every transition from then on.
      await start(bench.options());
      await abort(bench.options());
      await bench.query(`
      CREATE TABLE seen (state text, level text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO seen VALUES (NEW.state, current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE TRIGGER note_claim AFTER INSERT ON vatevo_cutover.move FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TRIGGER note AFTER UPDATE OF state ON vatevo_cutover.move FOR EACH ROW EXECUTE FUNCTION note()`);
      const options = () =>
        bench.options(undefined, {
          connect: async () => {
            const client = await bench.options().connect();
            await client.query(`SET synchronous_commit = ${level}`);
            return client;
          },
          notOurs: ['seen'],
        });
      await start(options());
      await abort(options());
      await start(options());
      await finish(options());
      await rollback(options());
      await start(options());
      await finish(options());
      await close(options());
      const states = await bench.query<{ state: string; level: string }>('SELECT state, level FROM seen');
      expect(new Set(states.map(({ level: found }) => found))).toEqual(new Set([used]));
      expect(new Set(states.map(({ state }) => state))).toEqual(new Set(Object.values(STORED_IN_SERVER)));
    }),
);
