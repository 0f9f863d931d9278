import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { transfer, useSession, verifyTransfer } from '@vatevo/transfer';
import { prepare, refuseUnreadable, runStartNow } from '@vatevo/transfer/pipeline';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

const MIB = 2 ** 20;
const LONG = process.env.VATEVO_TEST_LONG === '1';

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

/** JSON whose keys are not in jsonb's order, at every level. */
function largeDocument(bytes: number): string {
  const line = '{"text": "é ☃ \\u00fc \\"M8\\"", "qty": 7, "id": 1.50}';
  const lines = Math.floor(bytes / (Buffer.byteLength(line) + 2));
  return `{"lines": [${`${line}, `.repeat(lines - 1)}${line}], "id": 1}`;
}

it('moves values of many megabytes one at a time, in memory that follows the largest', async () => {
  pair = await makePair(
    'CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT, raw BLOB, doc JSON)',
    'CREATE TABLE document (id serial PRIMARY KEY, body text, raw bytea, doc jsonb)',
  );
  const largest = 12 * MIB;
  const db = new Database(pair.file);
  const insert = db.prepare('INSERT INTO document VALUES (?, ?, ?, ?)');
  for (let id = 1; id <= (LONG ? 6 : 2); id++) {
    const text = id % 2 === 1 ? `${id}`.repeat(largest) : null;
    const bytes = id % 2 === 0 ? Buffer.alloc(largest, id) : null;
    insert.run(id, text, bytes, JSON.stringify({ text: 'é'.repeat(MIB), id }));
  }
  insert.run(7, null, null, largeDocument(LONG ? largest : 4 * MIB));
  if (LONG) insert.run(8, null, null, largeDocument(largest));
  db.close();
  const { equal, peakBytes } = await transferApart(pair);
  expect(equal).toBe(true);
  expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
  expect(
    await pair.query(
      `SELECT count(*)::int AS rows, bool_and(coalesce(length(body), octet_length(raw)) = ${largest}) AS whole FROM document`,
    ),
  ).toEqual([{ rows: LONG ? 8 : 3, whole: true }]);
  // One unit somewhere in the middle of a large document is found, too.
  await pair.query(`UPDATE document SET doc = jsonb_set(doc, '{lines,10000,qty}', '8') WHERE id = 7`);
  const { equal: stillEqual, differences } = await verifyTransfer(pair.endpoints);
  expect([stillEqual, differences.map(({ key, column }) => `${key} ${column}`)]).toEqual([
    false,
    ['id=7 doc'],
  ]);
});

it('reads every one of large rows whose keys are nearly the same', async () => {
  pair = await makePair(
    `CREATE TABLE document (k TEXT COLLATE NOCASE, body TEXT, PRIMARY KEY (k COLLATE BINARY)) WITHOUT ROWID`,
    'CREATE TABLE document (k text PRIMARY KEY, body text)',
  );
  const db = new Database(pair.file);
  const insert = db.prepare('INSERT INTO document VALUES (?, ?)');
  insert.run('A', 'x'.repeat(17 * MIB));
  insert.run('a', 'y'.repeat(17 * MIB));
  db.close();
  expect((await transfer(pair.endpoints)).verification).toMatchObject({ equal: true });
});

it('refuses values that are larger than what can be proven, by the columns that may be left behind', async () => {
  pair = await makePair(
    `CREATE TABLE document (id INTEGER PRIMARY KEY, title TEXT, body);
     INSERT INTO document VALUES (1, 'short', zeroblob(900000)), (2, 'other', printf('%.950000c', 'x')), (3, NULL, 7)`,
    'CREATE TABLE document (id int PRIMARY KEY, title text, body text)',
  );
  await useSession(pair.endpoints, async ({ source, target }) => {
    const { plan } = await prepare(source, target, {}, runStartNow());
    expect(() => refuseUnreadable(source, plan, 950_000)).not.toThrow();
    expect(() => refuseUnreadable(source, plan, 949_999)).toThrow('document.body (950000 bytes)');
    const { plan: rest } = await prepare(
      source,
      target,
      { decisions: { leaveBehind: ['document.body'] } },
      runStartNow(),
    );
    expect(() => refuseUnreadable(source, rest, 949_999)).not.toThrow();
  });
});

it.runIf(LONG)('refuses a text of half a gigabyte before anything is loaded', async () => {
  pair = await makePair(
    `CREATE TABLE blobs (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO blobs SELECT 1, CAST(zeroblob(560000000) AS TEXT)`,
    'CREATE TABLE blobs (id int PRIMARY KEY, body text)',
  );
  await expect(transfer(pair.endpoints)).rejects.toMatchObject({
    kind: 'source-refused',
    message: expect.stringContaining('blobs.body (560000000 bytes)'),
  });
  expect(await pair.query('SELECT FROM blobs')).toEqual([]);
  const decisions = { leaveBehind: ['blobs.body'] };
  expect(await transfer({ ...pair.endpoints, mapping: { decisions } })).toMatchObject({
    verification: { equal: true },
  });
});

// A minute of a busy machine: seven values of 100 MB, each with two readers that could take it.
it.runIf(LONG)('moves values of 100 MB in memory for four of them', async () => {
  pair = await makePair(
    'CREATE TABLE document (id INTEGER PRIMARY KEY, xml TEXT, raw BLOB, doc JSON)',
    'CREATE TABLE document (id serial PRIMARY KEY, xml text, raw bytea, doc jsonb)',
  );
  const largest = 100 * MIB;
  const line = '<Line>é &amp; ☃</Line>';
  const db = new Database(pair.file);
  const insert = db.prepare('INSERT INTO document VALUES (?, ?, ?, ?)');
  insert.run(1, line.repeat(largest / Buffer.byteLength(line)), null, null);
  insert.run(2, null, Buffer.alloc(largest, 7), null);
  insert.run(3, 'x'.repeat(largest), null, null);
  for (let id = 4; id < 20_010; id++) insert.run(id, `small ${id}`, null, null);
  insert.run(20_010, 'y'.repeat(largest), null, null);
  for (let id = 20_011; id < 20_014; id++) insert.run(id, null, null, largeDocument(largest));
  db.close();
  const { equal, peakBytes } = await transferApart(pair);
  expect(equal).toBe(true);
  expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
});
