import { transfer, verifyTransfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const ROWS = process.env.VATEVO_TEST_LONG === '1' ? 100_000 : 30_000;

it('finds what differs in the ranges where it lies, and beyond them', async () => {
  const [third, half, last, late] = [0.3 * ROWS, 0.5 * ROWS, ROWS - 1, 0.9 * ROWS + 1];
  pair = await makePair(
    `CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
     INSERT INTO note SELECT i, 'note ' || i FROM n;`,
    'CREATE TABLE note (id int PRIMARY KEY, body text)',
  );
  await transfer(pair.endpoints);
  await pair.query(`UPDATE note SET body = 'other' WHERE id = ${third}`);
  await pair.query(`UPDATE note SET id = 200000 WHERE id = ${half}`);
  await pair.query(`UPDATE note SET id = -5 WHERE id = ${last}`);
  await pair.query(`UPDATE note SET body = (SELECT body FROM note WHERE id = 3) WHERE id = ${late}`);
  const { differences } = await verifyTransfer(pair.endpoints);
  const found = differences.map(({ key, kind, actual }) => [key, kind, actual]);
  const expected = [
    ['id=-5', 'unexpected', undefined],
    ['id=200000', 'unexpected', undefined],
    [`id=${third}`, 'changed', 'other'],
    [`id=${half}`, 'missing', undefined],
    [`id=${late}`, 'changed', 'note 3'],
    [`id=${last}`, 'missing', undefined],
  ];
  expect(found.toSorted()).toEqual(expected.toSorted());
});
