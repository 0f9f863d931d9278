import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { transfer, verifyTransfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

const MIB = 2 ** 20;

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

it('moves a table with more columns than a function of the server has arguments', async () => {
  const columns = Array.from({ length: 300 }, (_, i) => `c${i}`);
  const declare = (type: string) => columns.map((name) => `${name} ${type}`).join(', ');
  pair = await makePair(
    `CREATE TABLE wide (id INTEGER PRIMARY KEY, ${declare('TEXT')});
     INSERT INTO wide VALUES (1, ${columns.map((name) => `'value of ${name}'`).join(', ')});
     INSERT INTO wide VALUES (2, ${columns.map((_, i) => (i % 2 ? 'NULL' : "''")).join(', ')});`,
    `CREATE TABLE wide (id serial PRIMARY KEY, ${declare('text')})`,
  );
  const report = await transfer(pair.endpoints);
  expect(report.verification).toMatchObject({ equal: true, values: 602 });
  expect(await pair.query('SELECT c0, c299 FROM wide ORDER BY id')).toEqual([
    { c0: 'value of c0', c299: 'value of c299' },
    { c0: '', c299: null },
  ]);
  await pair.query(`UPDATE wide SET c299 = '' WHERE id = 2`);
  expect((await verifyTransfer(pair.endpoints)).differences).toMatchObject([
    { key: 'id=2', column: 'c299', expected: null, actual: '' },
  ]);
});

/** Transfers in a process of its own, for this one holds the test runner. */
async function transferApart({ file, url }: Pair): Promise<{ equal: boolean; peakBytes: number }> {
  const script = fileURLToPath(new URL('./support/transfer-once.mjs', import.meta.url));
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, SOURCE: file, TARGET: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
  return JSON.parse(output) as { equal: boolean; peakBytes: number };
}

it('moves values of many megabytes one at a time, in memory that follows the largest', async () => {
  pair = await makePair(
    'CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT, raw BLOB, doc JSON)',
    'CREATE TABLE document (id serial PRIMARY KEY, body text, raw bytea, doc jsonb)',
  );
  const largest = 24 * MIB;
  const db = new Database(pair.file);
  const insert = db.prepare('INSERT INTO document VALUES (?, ?, ?, ?)');
  for (let id = 1; id <= 6; id++) {
    const text = id % 2 === 1 ? `${id}`.repeat(largest) : null;
    const bytes = id % 2 === 0 ? Buffer.alloc(largest, id) : null;
    insert.run(id, text, bytes, JSON.stringify({ id, text: 'é'.repeat(MIB) }));
  }
  db.close();
  const { equal, peakBytes } = await transferApart(pair);
  expect(equal).toBe(true);
  expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
  expect(
    await pair.query(
      `SELECT count(*)::int AS rows, bool_and(coalesce(length(body), octet_length(raw)) = ${largest}) AS whole FROM document`,
    ),
  ).toEqual([{ rows: 6, whole: true }]);
});

// A minute of a busy machine: three values of 100 MB, each with two readers that could take it.
it.runIf(process.env.VATEVO_TEST_LONG === '1')(
  'moves values of 100 MB in memory for four of them',
  async () => {
    pair = await makePair(
      'CREATE TABLE document (id INTEGER PRIMARY KEY, xml TEXT, raw BLOB)',
      'CREATE TABLE document (id serial PRIMARY KEY, xml text, raw bytea)',
    );
    const largest = 100 * MIB;
    const line = '<Line>é &amp; ☃</Line>';
    const db = new Database(pair.file);
    const insert = db.prepare('INSERT INTO document VALUES (?, ?, ?)');
    insert.run(1, line.repeat(largest / Buffer.byteLength(line)), null);
    insert.run(2, null, Buffer.alloc(largest, 7));
    insert.run(3, 'x'.repeat(largest), null);
    for (let id = 4; id < 20_010; id++) insert.run(id, `small ${id}`, null);
    insert.run(20_010, 'y'.repeat(largest), null);
    db.close();
    const { equal, peakBytes } = await transferApart(pair);
    expect(equal).toBe(true);
    expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
  },
);
