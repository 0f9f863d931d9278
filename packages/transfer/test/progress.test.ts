import { type Progress, transfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

it('counts rows and bytes in every stage that rows pass through', async () => {
  pair = await makePair(
    `CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
     INSERT INTO note SELECT i, 'note number ' || i FROM n;`,
    'CREATE TABLE note (id serial PRIMARY KEY, body text)',
  );
  const seen: Progress[] = [];
  await transfer({ ...pair.endpoints, onProgress: (progress) => seen.push(progress) });
  for (const stage of ['inspect', 'copy', 'verify'] as const) {
    const of = seen.filter((progress) => progress.stage === stage);
    expect(of.every(({ rows }, i) => i === 0 || rows >= (of[i - 1] as Progress).rows)).toBe(true);
    expect(of.at(-1)).toMatchObject({ stage, rows: 50_000, totalRows: 50_000 });
    expect(of.at(-1)?.bytes).toBeGreaterThan(50_000 * 'note number 1'.length);
  }
});
