import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { inspectSource, transfer, verifyTransfer } from '@vatevo/transfer';
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

it.runIf(LONG)(
  'moves values of many megabytes one at a time, in memory that follows the largest',
  async () => {
    pair = await makePair(
      'CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT, raw BLOB, doc JSON)',
      'CREATE TABLE document (id serial PRIMARY KEY, body text, raw bytea, doc jsonb)',
    );
    const largest = 12 * MIB;
    const db = new Database(pair.file);
    const insert = db.prepare('INSERT INTO document VALUES (?, ?, ?, ?)');
    for (let id = 1; id <= 6; id++) {
      const text = id % 2 === 1 ? `${id}`.repeat(largest) : null;
      const bytes = id % 2 === 0 ? Buffer.alloc(largest, id) : null;
      insert.run(id, text, bytes, JSON.stringify({ text: 'é'.repeat(MIB), id }));
    }
    insert.run(7, null, null, largeDocument(largest));
    insert.run(8, null, null, largeDocument(largest));
    db.close();
    const { equal, peakBytes } = await transferApart(pair);
    expect(equal).toBe(true);
    expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
    expect(
      await pair.query(
        `SELECT count(*)::int AS rows, bool_and(coalesce(length(body), octet_length(raw)) = ${largest}) AS whole FROM document`,
      ),
    ).toEqual([{ rows: 8, whole: true }]);
    // One unit somewhere in the middle of a large document is found, too.
    await pair.query(`UPDATE document SET doc = jsonb_set(doc, '{lines,10000,qty}', '8') WHERE id = 7`);
    const { equal: stillEqual, differences } = await verifyTransfer(pair.endpoints);
    expect([stillEqual, differences.map(({ key, column }) => `${key} ${column}`)]).toEqual([
      false,
      ['id=7 doc'],
    ]);
  },
);

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

/** As if the driver read no larger value: what it does not is read from the pages, for the copy and for the proof. */
const MAX_READ = 2 * MIB;

it('moves values that the driver does not read, and proves them', async () => {
  pair = await makePair(
    `CREATE TABLE document (a, id INTEGER PRIMARY KEY, body TEXT, raw BLOB, title TEXT);
     INSERT INTO document VALUES (1, -5, printf('%.*c', 20000000, 'x') || 'é�', zeroblob(${MAX_READ + 1}), 'large'), (2, 1, 'small', x'00ff', '�');
     WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
       INSERT INTO document SELECT i, i, iif(i % 7, NULL, ''), iif(i = 300, zeroblob(3000000), NULL), 'row ' || i FROM n`,
    'CREATE TABLE document (id int PRIMARY KEY, a int, body text, raw bytea, title text)',
  );
  const endpoints = { ...pair.endpoints, maxRead: MAX_READ };
  expect((await transfer(endpoints)).verification).toMatchObject({ equal: true });
  expect(
    await pair.query(
      `SELECT id, length(body) AS body, length(raw) AS raw FROM document WHERE length(raw) > 0 ORDER BY id`,
    ),
  ).toEqual([
    { id: -5, body: 20_000_002, raw: MAX_READ + 1 },
    { id: 1, body: 5, raw: 2 },
    { id: 300, body: null, raw: 3_000_000 },
  ]);
  await pair.query(`UPDATE document SET body = overlay(body PLACING 'y' FROM 15000000) WHERE id = -5`);
  await pair.query(`UPDATE document SET raw = set_byte(raw, 2999999, 1) WHERE id = 300`);
  await pair.query(`UPDATE document SET body = NULL WHERE id = 7`);
  const { differences } = await verifyTransfer(endpoints);
  expect(differences.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toMatchObject([
    { key: 'id=-5', column: 'body', expected: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { key: 'id=300', column: 'raw' },
    { key: 'id=7', column: 'body', actual: null },
  ]);
});

it('proves no large value by pages that a write-ahead log has others of', async () => {
  pair = await makePair(
    `CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO document VALUES (1, printf('%.*c', ${MAX_READ + 1}, 'x'))`,
    'CREATE TABLE document (id int PRIMARY KEY, body text)',
  );
  const endpoints = { ...pair.endpoints, maxRead: MAX_READ };
  await transfer(endpoints);
  const writer = new Database(pair.file);
  try {
    writer.exec(`PRAGMA journal_mode = WAL; UPDATE document SET body = substr(body, 1, ${MAX_READ}) || 'y'`);
    await expect(verifyTransfer(endpoints)).rejects.toMatchObject({
      kind: 'source-refused',
      message: expect.stringContaining('without a write-ahead log'),
    });
  } finally {
    writer.close();
  }
  expect((await verifyTransfer(endpoints)).differences).toMatchObject([{ key: 'id=1', column: 'body' }]);
});

const UNCARRIED: readonly [what: string, sqlite: string, postgres: string, refused: string][] = [
  [
    'in another type',
    '(id INTEGER PRIMARY KEY, body JSON)',
    'id int, body jsonb',
    'document.body (2097154 bytes, id=1: jsonb holds no such value)',
  ],
  [
    'in a table without rowids',
    '(id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID',
    'id text, body text',
    'document.body (2097154 bytes, id=1: such a value can only be read as it is stored',
  ],
  [
    'and the target checks',
    '(id INTEGER PRIMARY KEY, body TEXT)',
    `id int, body text CHECK (body <> '')`,
    'document.body (2097154 bytes, id=1: whether one breaks the check document_body_check of the target cannot be tried',
  ],
  [
    'and the target computes with',
    '(id INTEGER PRIMARY KEY, body TEXT)',
    'id int, body text, start text GENERATED ALWAYS AS (left(body, 3)) STORED',
    'what the target computes of it for start cannot be tried: drop that there',
  ],
  [
    'and the target indexes',
    '(id INTEGER PRIMARY KEY, body TEXT)',
    'id int, body text UNIQUE',
    'the index document_body_key of the target cannot be tried on it',
  ],
];

it.for(UNCARRIED)(
  'refuses values that the driver does not read %s',
  async ([, sqlite, postgres, refused]) => {
    pair = await makePair(
      `CREATE TABLE document ${sqlite}; INSERT INTO document VALUES (1, printf('"%.*c"', ${MAX_READ}, 'x'))`,
      `CREATE TABLE document (${postgres}, PRIMARY KEY (id))`,
    );
    const endpoints = { ...pair.endpoints, maxRead: MAX_READ };
    await expect(transfer(endpoints)).rejects.toMatchObject({
      kind: 'source-refused',
      message: expect.stringContaining(refused),
    });
    const mapping = { decisions: { leaveBehind: ['document.body'] } };
    expect((await transfer({ ...endpoints, mapping })).verification).toMatchObject({ equal: true });
  },
);

it('moves values that the driver does not read beside generated columns', async () => {
  pair = await makePair(
    `CREATE TABLE document (a INTEGER, twice AS (a * 2), id INTEGER PRIMARY KEY, body TEXT, size INTEGER AS (length(body)) STORED, raw BLOB);
     INSERT INTO document (a, id, body, raw) VALUES (7, 1, printf('%.*c', ${MAX_READ + 1}, 'x'), zeroblob(${MAX_READ + 2})), (8, 2, 'y', x'01')`,
    'CREATE TABLE document (id int PRIMARY KEY, a int, size int, body text, raw bytea)',
    { decisions: { leaveBehind: ['document.twice'] } },
  );
  const endpoints = { ...pair.endpoints, maxRead: MAX_READ };
  expect((await transfer(endpoints)).verification).toMatchObject({ equal: true });
  expect(
    await pair.query('SELECT a, size, length(body) AS body, length(raw) AS raw FROM document ORDER BY id'),
  ).toEqual([
    { a: 7, size: MAX_READ + 1, body: MAX_READ + 1, raw: MAX_READ + 2 },
    { a: 8, size: 1, body: 1, raw: 1 },
  ]);
  await pair.query('UPDATE document SET raw = set_byte(raw, 2000000, 1) WHERE id = 1');
  expect((await verifyTransfer(endpoints)).differences).toMatchObject([{ key: 'id=1', column: 'raw' }]);
});

it('names the column where SQLite itself would make a value that the driver does not read', async () => {
  pair = await makePair(
    `CREATE TABLE document (id INTEGER PRIMARY KEY, n INTEGER CHECK (length(zeroblob(n)) >= 0));
     PRAGMA ignore_check_constraints = ON; INSERT INTO document VALUES (1, 600000000);
     ALTER TABLE document ADD made AS (zeroblob(n))`,
    'CREATE TABLE document (id int PRIMARY KEY, n int, made bytea)',
  );
  await expect(inspectSource(pair.endpoints)).rejects.toMatchObject({
    kind: 'source-refused',
    message: expect.stringContaining('document.made (computed of what is too large'),
    next: { step: 'decide', leaveBehind: ['document.made'] },
  });
  const mapping = { decisions: { leaveBehind: ['document.made'] } };
  expect((await transfer({ ...pair.endpoints, mapping })).verification).toMatchObject({ equal: true });
});

it('refuses a row by name of which a large value is no text', async () => {
  pair = await makePair(
    `CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO document VALUES (1, CAST(zeroblob(${MAX_READ + 1}) AS TEXT)), (2, 'small')`,
    'CREATE TABLE document (id int PRIMARY KEY, body text)',
  );
  await expect(transfer({ ...pair.endpoints, maxRead: MAX_READ })).rejects.toMatchObject({
    kind: 'source-refused',
    inspection: {
      refusals: [
        { table: 'document', key: 'id=1', column: 'body', reason: expect.stringContaining('not UTF-8') },
      ],
    },
  });
  expect(await pair.query('SELECT FROM document')).toEqual([]);
});

// Reason for skipping: minutes, and the program sqlite3, which writes what the driver does not.
it.runIf(LONG && isInstalled('sqlite3'))(
  'moves a text and a blob of a gigabyte in memory for four of them',
  async () => {
    pair = await makePair(
      'CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)',
      'CREATE TABLE document (id int PRIMARY KEY, body text, raw bytea)',
    );
    const largest = 1_000_000_000 - 20;
    const sql = `INSERT INTO document VALUES (1, printf('%.*c', ${largest}, 'x'), NULL), (2, NULL, zeroblob(${largest}))`;
    const { stderr } = spawnSync('sqlite3', [pair.file, sql], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { equal, peakBytes } = await transferApart(pair);
    expect(equal).toBe(true);
    expect(peakBytes).toBeLessThan(350 * MIB + 4 * largest);
    expect(
      await pair.query(
        'SELECT octet_length(body) AS body, octet_length(raw) AS raw FROM document ORDER BY id',
      ),
    ).toEqual([
      { body: largest, raw: null },
      { body: null, raw: largest },
    ]);
  },
  600_000,
);

// Minutes of a busy machine: seven values of 100 MB, each with two readers that could take it.
it.runIf(LONG)('moves values of 100 MB in memory for four of them', { timeout: 600_000 }, async () => {
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
