import { expect, it, onTestFinished } from 'vitest';
import { abort, finish, start } from '../src/index.ts';
import { makeBench } from './support/bench.ts';

const ID = '8a0b3a0e-9f43-4b3e-8cc0-1a3b5a6d7e8f';

it('names a row whose key is written otherwise, and which PostgreSQL takes for the key of another', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id TEXT PRIMARY KEY, v INTEGER); INSERT INTO t VALUES ('${ID}', 1)`,
    'CREATE TABLE t (id uuid PRIMARY KEY, v bigint)',
  );
  onTestFinished(() => bench.drop());
  await start(bench.options());
  bench.writer.exec(`INSERT INTO t VALUES ('${ID.toUpperCase()}', 2)`);
  await expect(finish(bench.options())).rejects.toMatchObject({
    kind: 'differences',
    message: new RegExp(`several rows whose keys PostgreSQL takes for one \\(it lacks one of id=${ID}\\)`),
    next: { step: 'abort-and-start' },
  });
  await abort(bench.options());
});
