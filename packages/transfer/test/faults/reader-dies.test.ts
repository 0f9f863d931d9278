import { transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { buildFaultyEngine } from '../faulty-engine.ts';
import { makePair } from '../support.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';
const FAULTS = new URL('./reader-faults.mjs', import.meta.url);
const makeItems = () =>
  makePair(
    `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO item SELECT i, 'row ' || i FROM n;`,
    'CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL)',
  );

const IN_INSPECTION = [
  ['exits in the inspection', /a reader thread ended with code 9/],
  ['throws in the inspection', /a fault of a reader/],
] as const;

it.for(IN_INSPECTION.slice(0, LONG ? 2 : 1))(
  'ends when a reader thread %s, with nothing begun',
  async ([fault, message]) => {
    const engine = await buildFaultyEngine(FAULTS, fault);
    const pair = await makeItems();
    try {
      await expect(engine.transfer(pair.endpoints)).rejects.toThrow(message);
      expect(await pair.query(`SELECT to_regnamespace('vatevo_transfer') AS ledger`)).toEqual([
        { ledger: null },
      ]);
      const report = await transfer(pair.endpoints);
      expect(report).toMatchObject({ outcome: 'transferred', verification: { equal: true } });
    } finally {
      engine.remove();
      await pair.drop();
    }
  },
);

it('a mistake of ours is not taken for a fault of the file', async () => {
  const engine = await buildFaultyEngine(FAULTS, 'fails as it opens the file');
  const pair = await makeItems();
  try {
    const failure = engine.transfer(pair.endpoints);
    await expect(failure).rejects.toThrow(/Cannot read properties of undefined/);
    await expect(failure).rejects.toMatchObject({ name: 'ProgrammingError' });
    await expect(failure).rejects.not.toHaveProperty('kind');
  } finally {
    engine.remove();
    await pair.drop();
  }
});

const IN_COPY = [
  ['throws in the copy', /a fault of a reader/],
  ['exits in the copy', /a reader thread ended with code 9/],
] as const;

it.for(IN_COPY.slice(0, LONG ? 2 : 1))(
  'ends when a reader thread %s, and resumes with the next call',
  async ([fault, message]) => {
    const engine = await buildFaultyEngine(FAULTS, fault);
    const pair = await makeItems();
    try {
      await expect(engine.transfer(pair.endpoints)).rejects.toThrow(message);
      const [{ ranges } = { ranges: 0 }] = await pair.query<{ ranges: number }>(
        'SELECT count(*)::int AS ranges FROM vatevo_transfer.range',
      );
      expect(ranges).toBeLessThan(3);
      const report = await transfer(pair.endpoints);
      expect(report).toMatchObject({ outcome: 'resumed', verification: { equal: true } });
    } finally {
      engine.remove();
      await pair.drop();
    }
  },
);
