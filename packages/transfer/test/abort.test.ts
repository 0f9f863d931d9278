import { transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { makePair } from './support.ts';

it('stops where it is when aborted, and resumes with the next call', async () => {
  const pair = await makePair(
    `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO item SELECT i, 'row ' || i FROM n;`,
    'CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL)',
  );
  try {
    const controller = new AbortController();
    const stopped = transfer({
      ...pair.endpoints,
      readers: 1,
      signal: controller.signal,
      onProgress: ({ stage, rows }) => {
        if (stage === 'copy' && rows > 20_000) controller.abort(new Error('told to stop'));
      },
    });
    await expect(stopped).rejects.toThrow('told to stop');
    expect((await transfer(pair.endpoints)).outcome).toBe('resumed');
  } finally {
    await pair.drop();
  }
});
