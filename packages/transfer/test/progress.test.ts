import { type Progress, transfer, useSession } from '@vatevo/transfer';
import { type PlannedTable, prepare } from '@vatevo/transfer/pipeline';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

it('says of a table without rowids in a file of others how many rows it has, about', async () => {
  pair = await makePair(
    `CREATE TABLE other (id INTEGER PRIMARY KEY, body TEXT);
     CREATE TABLE note (k TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
     INSERT INTO note SELECT 'key ' || i, 'note number ' || i FROM n;
     INSERT INTO other SELECT NULL, body || body || body || body || body FROM note;`,
    'CREATE TABLE note (k text PRIMARY KEY, body text); CREATE TABLE other (id int PRIMARY KEY, body text)',
  );
  await useSession(pair.endpoints, async ({ source, target }) => {
    const { plan } = await prepare(source, target, {}, '');
    const view = source.live();
    const [{ extent }] = (await view.measure(plan, true)).filter(({ table }) => table.source === 'note') as [
      PlannedTable,
    ];
    expect(extent.rows).toBeGreaterThan(30_000);
    expect(extent.rows).toBeLessThan(60_000);
  });
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
