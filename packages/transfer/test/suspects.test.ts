import { transfer, verifyTransfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

it('finds what differs in the ranges where it lies, and beyond them', async () => {
  pair = await makePair(
    `CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     INSERT INTO note SELECT i, 'note ' || i FROM n;`,
    'CREATE TABLE note (id int PRIMARY KEY, body text)',
  );
  await transfer(pair.endpoints);
  await pair.query(`UPDATE note SET body = 'other' WHERE id = 30000`);
  await pair.query('UPDATE note SET id = 200000 WHERE id = 50000');
  await pair.query('UPDATE note SET id = -5 WHERE id = 99999');
  await pair.query(`UPDATE note SET body = (SELECT body FROM note WHERE id = 3) WHERE id = 90001`);
  const { differences } = await verifyTransfer(pair.endpoints);
  const found = differences.map(({ key, kind, actual }) => [key, kind, actual]);
  expect(found.toSorted((a, b) => `${a}`.localeCompare(`${b}`))).toEqual([
    ['id=-5', 'unexpected', undefined],
    ['id=200000', 'unexpected', undefined],
    ['id=30000', 'changed', 'other'],
    ['id=50000', 'missing', undefined],
    ['id=90001', 'changed', 'note 3'],
    ['id=99999', 'missing', undefined],
  ]);
});
