import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it, vi } from 'vitest';
import { CopyWriter } from '../src/column-types/encode/copy-writer.ts';
import type { TargetType } from '../src/column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../src/plan/types.ts';
import type { RowsRead, Wanted } from '../src/source/source.ts';
import { beginRead } from '../src/source/sqlite/busy.ts';
import { openSource } from '../src/source/sqlite/open.ts';
import { FileReader } from '../src/source/sqlite/readers/file-reader.ts';
import type { FromReader, LiveTask, ThreadResults } from '../src/source/sqlite/readers/protocol.ts';

/*
 * Where a reader keeps others from writing, it copies the pages of the rows, and works when it has let the file go.
 */

const folder = mkdtempSync(join(tmpdir(), 'vatevo-held-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const INT: TargetType = { name: 'int8', sql: 'bigint' };
const TEXT: TargetType = { name: 'text', sql: 'text' };

function column(target: string, type: TargetType, from: ColumnPlan['from'] = { column: target }): ColumnPlan {
  return { target, type, notNull: false, generated: false, from, secret: false };
}

function planOf(source: string, columns: readonly ColumnPlan[]): TablePlan {
  const target = { schema: 'public', name: source };
  return {
    source,
    target,
    key: ['id'],
    rowid: 'id',
    columns: [column('id', INT), ...columns],
    identity: [0],
  };
}

const ITEMS = planOf('item', [column('n', INT), column('v', TEXT)]);
const EVENTS = planOf('event', [
  column('owner', INT, { through: { column: 'item', table: 'item', key: 'id', value: 'n' } }),
  column('v', TEXT),
]);
/** Rows between which others lie far away, rows on many pages, and values that only SQLite may read. */
const ROWS = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
  CREATE TABLE event (id INTEGER PRIMARY KEY, item INTEGER, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
    INSERT INTO item SELECT i * 3, i << (i % 50), hex(randomblob(iif(i % 37 = 0, 20000, i % 90))) FROM n;
  UPDATE item SET v = CAST(x'61fe62' AS TEXT) WHERE id = 33 * 3;
  UPDATE item SET v = char(0xFFFD) || 'written' WHERE id = 50 * 3;
  UPDATE item SET v = hex(zeroblob(600000)) WHERE id IN (3, 80 * 3);
  DELETE FROM item WHERE id BETWEEN 180 AND 210;
  INSERT INTO event SELECT -id, id, 'e' || id FROM item;
  INSERT INTO event VALUES (1, NULL, 'none'), (2, 201, 'gone'), (3, '6', 'text'), (4, 1 << 40, 'far');`;

const WANTED: readonly Wanted[] = ['check', 'encode', 'checksum', 'digest', 'packed-digest'];

/** @param onFree called at the moment in which the reader says that the file is free */
function openReader(file: string, onFree: () => void): FileReader {
  const shared = () => new SharedArrayBuffer(4);
  const send = (message: FromReader) => void (message.type === 'free' && onFree());
  return new FileReader({ kind: 'begin', file, inFlight: shared(), turn: shared() }, send);
}

/** All rows of a table, in as many reads as it takes. */
function readAll(reader: FileReader, table: TablePlan, want: Wanted, bytes: number, mayCopy: boolean) {
  const reads: RowsRead[] = [];
  for (let lowest: bigint | undefined = -10_000n; lowest !== undefined; ) {
    const ranges = [{ table, bounds: { lowest, highest: 10_000n } }];
    const task: LiveTask = { kind: 'live', ranges, want, budget: { ms: 60_000, bytes }, mayCopy };
    const { isToBeReadAgain, ranges: found } = reader.run(task) as ThreadResults['live'];
    expect(isToBeReadAgain).toBeUndefined();
    const [read] = found as [RowsRead];
    reads.push(read);
    lowest = read.stoppedAt === undefined ? undefined : (read.stoppedAt as bigint) + 1n;
  }
  const bytesOf = (of: (read: RowsRead) => readonly Uint8Array[]) =>
    Buffer.concat(reads.flatMap(of)).toString('hex');
  return {
    rows: reads.reduce((sum, { rows }) => sum + rows, 0),
    data: bytesOf(({ data }) => data),
    digests: reads.flatMap(({ digests }) => digests),
    keys: bytesOf(({ packed }) => (packed ? [packed.keys] : [])),
    packed: bytesOf(({ packed }) => (packed ? [packed.digests] : [])),
    checksums: reads
      .flatMap(({ checksums }) => [...(checksums?.rowids ?? []), ...(checksums?.sums ?? [])])
      .sort(),
    refusals: reads.flatMap(({ refusals }) => refusals),
  };
}

it.each([512, 65_536])('reads from a copy what is in the file (pages of %i bytes)', (pageSize) => {
  const file = join(folder, `${pageSize}.db`);
  const db = new Database(file);
  db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA synchronous = OFF; ${ROWS}`);
  db.close();
  const reader = openReader(file, () => undefined);
  for (const table of [ITEMS, EVENTS]) {
    for (const want of WANTED) {
      const inFile = readAll(reader, table, want, 1 << 24, false);
      expect(inFile.rows).toBeGreaterThan(100);
      for (const bytes of [1, 3_000, 1 << 24]) {
        expect(readAll(reader, table, want, bytes, true), `${table.source}: ${want}`).toEqual(inFile);
      }
    }
  }
  reader.close();
});

it('works when others may write again, and gives the rows as they were', () => {
  const file = join(folder, 'free.db');
  const writer = new Database(file, { timeout: 0 });
  // Larger than a copy may hold.
  writer.exec(`PRAGMA synchronous = OFF; ${ROWS} DELETE FROM item WHERE length(v) > 1000000`);
  const write = writer.prepare(`UPDATE item SET n = n + 1, v = v || 'changed'`);
  const encoding = vi.spyOn(CopyWriter.prototype, 'int16');
  const quiet = openReader(file, () => undefined);
  let isWritten = false;
  const reader = openReader(file, () => {
    expect(encoding).not.toHaveBeenCalled();
    isWritten = write.run().changes > 0;
  });
  const rowsOf = (by: FileReader, table: TablePlan, want: Wanted, mayCopy: boolean) => {
    const ranges = [{ table, bounds: { lowest: -10_000n, highest: 10_000n } }];
    const task: LiveTask = { kind: 'live', ranges, want, budget: { ms: 60_000, bytes: 1 << 30 }, mayCopy };
    return (by.run(task) as ThreadResults['live']).ranges;
  };
  for (const want of WANTED) {
    for (const table of [ITEMS, EVENTS]) {
      // Where values come from other rows, these rows are written within the transaction.
      if (table === EVENTS && (want === 'check' || want === 'encode')) continue;
      const before = rowsOf(quiet, table, want, false);
      encoding.mockClear();
      isWritten = false;
      expect(rowsOf(reader, table, want, true), `${table.source}: ${want}`).toEqual(before);
      expect(isWritten).toBe(true);
    }
  }
  encoding.mockRestore();
  quiet.close();
  reader.close();
  writer.close();
});

it('says that it has to be read again what cannot be copied', () => {
  const file = join(folder, 'no-room.db');
  const db = new Database(file);
  db.exec(`PRAGMA synchronous = OFF; ${ROWS}`);
  db.close();
  const before = process.env.TMPDIR;
  const reader = openReader(file, () => undefined);
  const range = { table: ITEMS, bounds: { lowest: 6n, highest: 60n } };
  const task: LiveTask = {
    kind: 'live',
    ranges: [range],
    want: 'digest',
    budget: { ms: 60_000, bytes: 1 << 20 },
  };
  try {
    process.env.TMPDIR = join(folder, 'nowhere');
    expect(reader.run(task)).toMatchObject({ isToBeReadAgain: true });
  } finally {
    process.env.TMPDIR = before;
    if (before === undefined) delete process.env.TMPDIR;
  }
  expect((reader.run({ ...task, mayCopy: false }) as ThreadResults['live']).ranges[0]?.rows).toBe(19);
  expect((reader.run(task) as ThreadResults['live']).ranges[0]?.rows).toBe(19);
  reader.close();
});

it('looks once more at a journal that somebody was just taking back', () => {
  const file = join(folder, 'rolled-back.db');
  new Database(file).exec('CREATE TABLE t (v)').close();
  const db = openSource(file);
  let looks = 0;
  const busy = {
    pragma: () => 0,
    prepare: (sql: string) => {
      if (looks++ < 2)
        throw Object.assign(new Error('attempt to write'), { code: 'SQLITE_READONLY_ROLLBACK' });
      return db.prepare(sql);
    },
    exec: (sql: string) => db.exec(sql),
  };
  beginRead(busy as unknown as Database.Database);
  expect(db.inTransaction).toBe(true);
  db.close();
});
