import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { RowText } from '../src/column-types/canonical/row-text.ts';
import { CopyWriter } from '../src/column-types/encode/copy-writer.ts';
import type { PageWork } from '../src/column-types/encode/page-encoder.ts';
import { canonicalJson } from '../src/column-types/json/canonical-print.ts';
import { printLargeJson, writeJson } from '../src/column-types/json/canonical-write.ts';
import { isPlainJson } from '../src/column-types/json/encode-page.ts';
import { scanJson } from '../src/column-types/json/encode-scan.ts';
import { canonicalTimestamp } from '../src/column-types/timestamp/canonical-print.ts';
import { writeTimestamp } from '../src/column-types/timestamp/canonical-write.ts';
import type { TargetType } from '../src/column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../src/plan/types.ts';
import { openSource } from '../src/source/sqlite/open.ts';
import { LivePageFiles } from '../src/source/sqlite/pages/live-page-files.ts';
import { PageFile } from '../src/source/sqlite/pages/page-file.ts';
import { TableCursor } from '../src/source/sqlite/pages/table-cursor.ts';
import { QuickEncoder } from '../src/source/sqlite/readers/quick-encoder.ts';
import { RowEncoder } from '../src/source/sqlite/readers/row-encoder.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-quick-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function makeFile(fill: (db: Database.Database) => void): string {
  const file = join(folder, `${files++}.db`);
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  fill(db);
  db.close();
  return file;
}

const TYPES: Readonly<Record<string, TargetType>> = {
  i2: { name: 'int2', sql: 'smallint' },
  i4: { name: 'int4', sql: 'integer' },
  i8: { name: 'int8', sql: 'bigint' },
  b: { name: 'bool', sql: 'boolean' },
  t: { name: 'text', sql: 'text' },
  v: { name: 'varchar', sql: 'varchar(5)', maxLength: 5 },
  e: { name: 'enum', sql: 'mood', labels: ['A', 'Bé'] },
  n: { name: 'numeric', sql: 'numeric' },
  ts: { name: 'timestamp', sql: 'timestamp' },
  tz: { name: 'timestamptz', sql: 'timestamptz' },
  j: { name: 'jsonb', sql: 'jsonb' },
  f: { name: 'float8', sql: 'double precision' },
  x: { name: 'bytea', sql: 'bytea' },
};

function planOf(types: Readonly<Record<string, TargetType>>): TablePlan {
  const columns = Object.entries({ id: TYPES.i8 as TargetType, ...types }).map(
    ([target, type]): ColumnPlan => ({
      target,
      type,
      notNull: false,
      generated: false,
      from: { column: target },
      secret: false,
    }),
  );
  return {
    source: 'one',
    target: { schema: 'public', name: 'one' },
    key: ['id'],
    rowid: 'id',
    columns,
    identity: [0],
  };
}

/** Values of every storage class, right and wrong for each type. */
const anyValue = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -70_000, max: 70_000 }).map(BigInt),
  fc.constantFrom(0n, 1n, 127n, 128n, -129n, 32_768n, 8_388_608n, 2n ** 31n, 2n ** 47n),
  fc.double({ noNaN: true }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'A',
    'Bé',
    'C',
    '',
    'äöüßé',
    '😀',
    'a\0b',
    '\uFFFD',
    '100.00',
    '-0.00',
    '0',
    '-5',
    '00',
    '1e3',
    '.5',
  ),
  fc.constantFrom('12345678.87654321', '10000.0001', '0.00000001', '99999999999999999999999999.9', '1.', '-'),
  fc.constantFrom(
    '2024-02-29 23:59:59',
    '2023-02-29 00:00:00',
    '2024-01-01T00:00:00.123456Z',
    '1899-12-31 00:00:00',
  ),
  fc.constantFrom(
    '2025-01-15 00:00:00.000000',
    '2025-01-15 24:00:00',
    '2025-01-15 00:00:00.12',
    '9999-12-31 23:59:59',
  ),
  fc.json(),
  fc.constantFrom(
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[-0]',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\u0000"',
    '01',
  ),
  fc.uint8Array({ maxLength: 50 }),
  fc.string({ minLength: 3_000, maxLength: 9_000 }),
);

const CHECK: PageWork = { checks: true, writes: false };
const CHECK_AND_WRITE: PageWork = { checks: true, writes: true };
const WRITE: PageWork = { checks: false, writes: true };

describe('QuickEncoder', () => {
  it('writes what the other encoder writes, and takes no value that the other one refuses', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(TYPES)),
        fc.array(fc.tuple(fc.maxSafeInteger(), anyValue), { minLength: 1, maxLength: 40 }),
        fc.constantFrom(512, 1024, 4096, 65_536),
        (column, rows, pageSize) => {
          const file = makeFile((db) => {
            db.pragma(`page_size = ${pageSize}`);
            db.exec(`CREATE TABLE one (id INTEGER PRIMARY KEY, ${column})`);
            const insert = db.prepare('INSERT OR REPLACE INTO one VALUES (?, ?)');
            for (const [id, value] of rows) insert.run(BigInt(id), value);
          });
          const db = openSource(file);
          const table = planOf({ [column]: TYPES[column] as TargetType });
          const bounds = {
            lowest: BigInt(Number.MIN_SAFE_INTEGER),
            highest: BigInt(Number.MAX_SAFE_INTEGER),
          };
          for (const work of [CHECK, CHECK_AND_WRITE, WRITE]) {
            const quick = QuickEncoder.open(db, table, work);
            expect(quick?.seek({ table, bounds })).toBe(true);
            const slow = new RowEncoder({ db }, table, false);
            for (const row of slow.select({ table, bounds })) {
              expect(quick?.next()).toBe(true);
              expect(BigInt(quick?.rowid ?? 0)).toBe(row[0]);
              const [ours, theirs] = [new CopyWriter(64), new CopyWriter(64)];
              const accepted = slow.encode(row, theirs);
              // What was inspected is what the other encoder accepts.
              if (!work.checks && !accepted) continue;
              if (!quick?.encode(ours)) continue;
              taken++;
              expect(accepted).toBe(true);
              if (work.writes) expect(Buffer.from(ours.take())).toEqual(Buffer.from(theirs.take()));
            }
            expect(quick?.next()).toBe(false);
          }
          db.close();
        },
      ),
      { numRuns: 200, seed: 5 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it('finds the value that a key leads to, and leaves rows without a parent alone', () => {
    const file = makeFile((db) =>
      db.exec(`CREATE TABLE owner (id INTEGER PRIMARY KEY, code INTEGER);
        CREATE TABLE one (id INTEGER PRIMARY KEY, owner_id INTEGER);
        INSERT INTO owner VALUES (7, 70), (8, NULL);
        INSERT INTO one VALUES (1, 7), (2, 8), (3, 9), (4, NULL);`),
    );
    const db = openSource(file);
    const plain = planOf({});
    const code: ColumnPlan = {
      ...(plain.columns[0] as ColumnPlan),
      target: 'code',
      type: TYPES.i4 as TargetType,
      notNull: true,
      from: { through: { column: 'owner_id', table: 'owner', key: 'id', value: 'code' } },
    };
    const table = { ...plain, columns: [...plain.columns, code] };
    const quick = QuickEncoder.open(db, table, CHECK);
    quick?.seek({ table, bounds: { lowest: 1n, highest: 4n } });
    const out = new CopyWriter();
    const taken: [number, boolean][] = [];
    while (quick?.next()) taken.push([quick.rowid, quick.encode(out)]);
    expect(taken).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, false],
    ]);
    expect(out.take().at(-1)).toBe(70);
    db.close();
  });

  it('counts and writes what keys lead to once more as it did at first, and as it is when another range begins', () => {
    const ids = [7, 8, 7, 9, 7, 7 + 4_096, 7 + 4_096, 8, 9, 7];
    const file = makeFile((db) =>
      db.exec(`CREATE TABLE owner (id INTEGER PRIMARY KEY, code INTEGER);
        CREATE TABLE one (id INTEGER PRIMARY KEY, owner_id INTEGER);
        INSERT INTO owner VALUES (7, 70), (8, NULL), (9, 'text'), (${7 + 4_096}, -71);
        INSERT INTO one (owner_id) VALUES ${ids.map((id) => `(${id})`).join(', ')}`),
    );
    const plain = planOf({});
    const code: ColumnPlan = {
      ...(plain.columns[0] as ColumnPlan),
      target: 'code',
      type: TYPES.i4 as TargetType,
      from: { through: { column: 'owner_id', table: 'owner', key: 'id', value: 'code' } },
      notNull: false,
    };
    const table = { ...plain, columns: [...plain.columns, code] };
    const bounds = { lowest: 1n, highest: BigInt(ids.length) };
    const db = openSource(file);
    const pages = new LivePageFiles(file);
    const quick = QuickEncoder.open(db, table, CHECK_AND_WRITE, (access) => pages.open(access));
    for (const change of ['', 'UPDATE owner SET code = 700 WHERE id = 7']) {
      const writer = new Database(file);
      writer.exec(change);
      writer.close();
      pages.refresh();
      expect(quick?.seek({ table, bounds })).toBe(true);
      const slow = new RowEncoder({ db }, table, false);
      const census = table.columns.map(() => ({ null: 0, integer: 0, real: 0, text: 0, blob: 0 }));
      for (const row of slow.select({ table, bounds })) {
        const [ours, theirs] = [new CopyWriter(64), new CopyWriter(64)];
        const accepted = slow.encode(row, theirs);
        expect([quick?.next(), quick?.encode(ours)]).toEqual([true, accepted]);
        if (accepted) quick?.count(census);
        expect(Buffer.from(ours.take())).toEqual(Buffer.from(theirs.take()));
      }
      expect(census.at(-1)).toEqual({ null: 2, integer: 6, real: 0, text: 0, blob: 0 });
    }
    pages.close();
    db.close();
  });

  it.each([
    ['a write-ahead log', `PRAGMA journal_mode = WAL; CREATE TABLE one (id INTEGER PRIMARY KEY, t)`],
    ['a column that is computed when it is read', 'CREATE TABLE one (id INTEGER PRIMARY KEY, a, t AS (1))'],
    ['integers that are read as reals', 'CREATE TABLE one (id INTEGER PRIMARY KEY, t REAL)'],
  ])('is none for a table with %s', (_, sql) => {
    const file = join(folder, `${files++}.db`);
    const writer = new Database(file);
    writer.exec(`${sql}; INSERT INTO one (id) VALUES (1)`);
    const db = openSource(file);
    expect(QuickEncoder.open(db, planOf({ t: TYPES.t as TargetType }), CHECK)).toBeUndefined();
    db.close();
    writer.close();
  });

  it('leaves rows from before a column was added to the other encoder, which knows its default', () => {
    const file = makeFile((db) =>
      db.exec(`CREATE TABLE one (id INTEGER PRIMARY KEY); INSERT INTO one VALUES (1);
        ALTER TABLE one ADD COLUMN t TEXT DEFAULT 'added'; INSERT INTO one VALUES (2, 'own');`),
    );
    const db = openSource(file);
    const table = planOf({ t: TYPES.t as TargetType });
    const quick = QuickEncoder.open(db, table, WRITE);
    quick?.seek({ table, bounds: { lowest: 1n, highest: 2n } });
    const out = new CopyWriter();
    expect([quick?.next(), quick?.encode(out), quick?.next(), quick?.encode(out)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(new RowEncoder({ db }, table, true).row(1)).toEqual([1n, 1n, 'added']);
    db.close();
  });
});

it('walks trees of several levels, from any row on', () => {
  const file = makeFile((db) => {
    db.pragma('page_size = 512');
    db.exec(`CREATE TABLE one (id INTEGER PRIMARY KEY, t);
      WITH RECURSIVE n(i) AS (SELECT -3000 UNION ALL SELECT i + 3 FROM n WHERE i < 30000) INSERT INTO one SELECT i, hex(i) FROM n;`);
  });
  const db = openSource(file);
  const root = Number(db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'one'`).pluck().get());
  const cursor = new TableCursor(PageFile.open(file, 'lookup') as PageFile, root);
  const ids = db.prepare('SELECT id FROM one WHERE id >= ? ORDER BY id').pluck();
  for (const from of [-4000, -3000, -1, 0, 1, 2999, 29_999, 30_000, 30_001]) {
    cursor.seek(from);
    const walked: bigint[] = [];
    while (cursor.next()) walked.push(BigInt(cursor.rowid));
    expect(walked).toEqual(ids.all(from));
  }
  expect([cursor.find(0), cursor.find(1), cursor.find(40_000)]).toEqual([true, false, false]);
  db.close();
});

describe('quick forms', () => {
  const json = fc.oneof(
    fc.json(),
    fc.json({ noUnicodeString: false }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
    fc.constantFrom(
      '{"b":1,"a":[{"dd":1,"c":2},{}]}',
      '{"\\u00fc":1}',
      '"\\/\\u00e9\\n"',
      '{',
      '[1 2]',
      'nul',
      '1e5',
    ),
  );
  const written = (text: string) => {
    const out = new RowText(0, false);
    out.begin();
    return writeJson(text, out) ? out.buffer.toString('utf8', 0, out.at) : undefined;
  };

  it('never take JSON that the whole scan refuses', () => {
    fc.assert(
      fc.property(json, (text) => {
        const bytes = Buffer.from(`"${text}"`);
        if (isPlainJson(bytes, 1, bytes.length - 1)) expect(scanJson(text)).toBeUndefined();
      }),
      { numRuns: 2_000, seed: 6 },
    );
    for (const text of ['"a', '[1', '{"a":', '"\\u00', '"\\', 'tru', '-', '1.', '']) {
      const bytes = Buffer.from(`${text}e9"]}0`);
      expect(isPlainJson(bytes, 0, Buffer.byteLength(text))).toBe(false);
    }
  });

  it('print JSON as the whole printer does', () => {
    let taken = 0;
    fc.assert(
      fc.property(json, (text) => {
        const quick = written(text);
        if (quick === undefined) return;
        taken++;
        expect(quick).toBe(canonicalJson(text));
      }),
      { numRuns: 2_000, seed: 7 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it('print strings that end, or hold what is escaped or is none of ASCII, at any place', () => {
    for (let length = 0; length < 110; length += length < 12 ? 1 : 7) {
      for (const special of [
        '',
        '\\"',
        '\\\\',
        '\\u0041',
        '\\u00e9',
        '\\n',
        '/',
        'é',
        '\u{1F642}',
        ' ',
        '\x7f',
      ]) {
        const value = `"${'x'.repeat(length)}${special}${'y'.repeat(length % 5)}"`;
        // The keys are not in their order, and nothing can be shorter than that.
        const text = `{"bb":${value},"a":[${value},{"dd":${value},"c":1}]}`;
        expect(written(text), text).toBe(canonicalJson(text));
        const alone = printLargeJson(Buffer.from(text));
        expect(alone && Buffer.from(alone).toString('utf8'), text).toBe(canonicalJson(text));
      }
    }
    const cut = Buffer.from('{"a":"xxxx');
    for (let end = 6; end <= cut.length; end++) {
      expect(printLargeJson(cut.subarray(0, end)), `${end} bytes`).toBeUndefined();
    }
  });

  it.each(['2024-02-29 23:59:59', '2024-02-29T23:59:59.100000', '2024-02-29 00:00:00.000000'])(
    'print %s as the whole printer does',
    (text) => {
      for (const withZone of [false, true]) {
        const out = new RowText(0, false);
        out.begin();
        const quick = writeTimestamp(text, withZone, out)
          ? out.buffer.toString('utf8', 0, out.at)
          : undefined;
        expect(quick).toBe(canonicalTimestamp(text, withZone));
      }
    },
  );

  it('print every integer that a number holds exactly', () => {
    const last = Number.MAX_SAFE_INTEGER;
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: last - 60, max: last })), (integer) => {
        const out = new RowText(0, false);
        out.begin();
        out.integer(integer);
        expect(out.buffer.toString('utf8', 0, out.at - 1)).toBe(String(integer));
      }),
    );
  });

  it('leave a date without a time to the whole printer', () => {
    const out = new RowText(0, false);
    out.begin();
    const before = out.at;
    expect(writeTimestamp('2024-02-29', false, out)).toBe(false);
    expect(out.at).toBe(before);
    expect(canonicalTimestamp('2024-02-29', false)).toBe('2024-02-29 00:00:00');
  });
});
