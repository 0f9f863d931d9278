import pg from 'pg';
import { expect, it } from 'vitest';
import { abort, close, finish, rollback, start, status } from '../src/index.ts';
import { makeBench } from './support/bench.ts';

/*
 * Whoever only reads what a move keeps in PostgreSQL, a health probe or a backup, is waited for by no command.
 */

it('waits at no command for a transaction that has read the record of the move', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
  );
  const reader = new pg.Client({ connectionString: bench.url });
  try {
    await start(bench.options());
    await reader.connect();
    await reader.query('BEGIN; SELECT FROM vatevo_cutover.move');
    const options = () =>
      bench.options(undefined, {
        connect: async () => {
          const client = await bench.options().connect();
          await client.query(`SET lock_timeout = '100ms'`);
          return client;
        },
      });
    await status(options());
    bench.writer.exec(`UPDATE t SET v = 'c'`);
    await start(options());
    await abort(options());
    await start(options());
    await finish(options());
    await rollback(options());
    await start(options());
    await finish(options());
    await close(options());
    expect(await bench.states()).toBe('handed-over closed');
  } finally {
    await reader.end();
    await bench.drop();
  }
});

it('reads with as many threads, and loads over as many connections, as it is told', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
  );
  const connectionsFor = async (readers: number, step: typeof start | typeof finish) => {
    let opened = 0;
    const connect = async () => {
      opened++;
      return bench.options().connect();
    };
    await step(bench.options(undefined, { connect, readers }));
    return opened;
  };
  try {
    const one = await connectionsFor(1, start);
    await abort(bench.options());
    expect(await connectionsFor(3, start)).toBe(one + 2);
    expect(await connectionsFor(3, finish)).toBeGreaterThan(2);
    expect(await bench.query('SELECT v FROM t ORDER BY id')).toEqual([{ v: 'a' }, { v: 'b' }]);
  } finally {
    await bench.drop();
  }
});
