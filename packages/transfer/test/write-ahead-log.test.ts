import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CopyWriter } from '../src/column-types/encode/copy-writer.ts';
import type { TargetType } from '../src/column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../src/plan/types.ts';
import { openSource } from '../src/source/sqlite/open.ts';
import { LivePageFiles } from '../src/source/sqlite/pages/live-page-files.ts';
import type { PageFile } from '../src/source/sqlite/pages/page-file.ts';
import { TableCursor } from '../src/source/sqlite/pages/table-cursor.ts';
import { LivePages } from '../src/source/sqlite/readers/live-pages.ts';
import { RowEncoder } from '../src/source/sqlite/readers/row-encoder.ts';
import { runs } from './properties/long.ts';

const column = (target: string, type: TargetType): ColumnPlan => ({
  target,
  type,
  notNull: false,
  generated: false,
  from: { column: target },
  secret: false,
});
const TABLE: TablePlan = {
  source: 't',
  target: { schema: 'public', name: 't' },
  key: ['id'],
  rowid: 'id',
  columns: [column('id', { name: 'int8', sql: 'bigint' }), column('v', { name: 'text', sql: 'text' })],
  identity: [0],
};
const RANGE = { table: TABLE, bounds: { lowest: 1n, highest: 1_000n } };

/** The rows that the pages and SQLite make of the state of one transaction. @param meanwhile done in between */
function encodedTwice(live: LivePages, db: Database.Database, meanwhile: () => void): [Buffer, Buffer] {
  const quick = live.encoder(db, TABLE);
  const [ours, theirs] = [new CopyWriter(64), new CopyWriter(64)];
  expect(quick?.seek(RANGE)).toBe(true);
  meanwhile();
  while (quick?.next()) expect(quick.encode(ours)).toBe(true);
  const encoder = new RowEncoder({ db }, TABLE, false);
  for (const row of encoder.select(RANGE)) encoder.encode(row, theirs);
  return [Buffer.from(ours.take()), Buffer.from(theirs.take())];
}

/** Rowids and texts as the pages say. @param meanwhile done when the first row is read */
function rowsOf(
  files: LivePageFiles,
  pages: PageFile,
  db: Database.Database,
  meanwhile: () => void,
): [number, string][] {
  const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 't'`).pluck().get() as number;
  files.refresh();
  const cursor = new TableCursor(pages, root);
  const rows: [number, string][] = [];
  cursor.seek(Number.MIN_SAFE_INTEGER);
  while (cursor.next()) {
    if (rows.length === 1) meanwhile();
    // The record: a header of two varints and more, then the text.
    const record = cursor.payload.subarray(cursor.start, cursor.start + cursor.size);
    rows.push([cursor.rowid, record.toString('latin1').match(/<.*>/s)?.[0] ?? '']);
  }
  return rows;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      id: fc.integer({ min: 1, max: 400 }),
      size: fc.constantFrom(3, 60, 900, 9_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      id: fc.integer({ min: 1, max: 400 }),
      size: fc.constant(0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'undo' as const,
        'checkpoint' as const,
        'truncate' as const,
        'hold' as const,
        'letGo' as const,
      ),
      id: fc.constant(0),
      size: fc.constant(0),
    }),
  },
);

it(
  'reads in every journal mode what SQLite reads, whatever writers, readers and checkpoints do',
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom('WAL', 'DELETE'),
        fc.constantFrom(512, 4096),
        fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 3, maxLength: 25 }),
        (mode, pageSize, batches) => {
          const folder = mkdtempSync(join(tmpdir(), 'vatevo-wal-'));
          const file = join(folder, 'source.db');
          const writer = new Database(file);
          const holder = new Database(file);
          const reader = new Database(file);
          let copier: Database.Database | undefined;
          try {
            writer.pragma(`page_size = ${pageSize}`);
            writer.pragma(`journal_mode = ${mode}`);
            writer.pragma('synchronous = OFF');
            // So small that large transactions write frames before they commit, which a rollback leaves in the log.
            writer.pragma('cache_size = 10');
            writer.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)');
            const put = writer.prepare('INSERT OR REPLACE INTO t VALUES (?, ?)');
            const files = new LivePageFiles(file);
            const pages = files.open('scan');
            copier = openSource(file);
            const live = new LivePages(file);
            for (const [n, batch] of batches.entries()) {
              const undo = batch.some(({ kind }) => kind === 'undo');
              writer.exec('BEGIN');
              for (const { kind, id, size } of batch) {
                if (kind === 'write') put.run(id, `<${n}${'x'.repeat(size)}>`);
                if (kind === 'delete') writer.prepare('DELETE FROM t WHERE id > ?').run(id);
              }
              writer.exec(undo ? 'ROLLBACK' : 'COMMIT');
              for (const { kind } of mode === 'WAL' ? batch : []) {
                if (kind === 'checkpoint') writer.pragma('wal_checkpoint(PASSIVE)');
                if (kind === 'truncate') writer.pragma('wal_checkpoint(RESTART)');
                if (kind === 'hold' && !holder.inTransaction) {
                  holder.exec('BEGIN');
                  holder.prepare('SELECT count(*) FROM t').get();
                }
                if (kind === 'letGo' && holder.inTransaction) holder.exec('COMMIT');
              }
              if (n % 4 === 3) {
                live.begin(copier);
                const [quick, slow] = encodedTwice(live, copier, () => {
                  if (mode !== 'WAL') return;
                  put.run(1, '<behind>');
                  if (n % 8 === 3) writer.pragma('wal_checkpoint(PASSIVE)');
                });
                expect(quick).toEqual(slow);
                copier.exec('COMMIT');
              }
              reader.exec('BEGIN');
              const known = reader.prepare('SELECT id, v FROM t ORDER BY id').raw().all();
              const rows = rowsOf(files, pages, reader, () => {
                if (mode !== 'WAL') return;
                writer.exec(`UPDATE t SET v = '<meanwhile>'`);
                writer.pragma('wal_checkpoint(PASSIVE)');
                writer.exec(`UPDATE t SET v = '<later>' WHERE id % 2`);
              });
              expect(rows).toEqual(known);
              reader.exec('COMMIT');
            }
          } finally {
            for (const db of [writer, holder, reader, copier]) db?.close();
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: runs(6, 1_000) },
    );
  },
  runs(120_000, 3_600_000),
);

it('lets SQLite read where a commit falls between the beginning of a transaction and the look into the log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-wal-'));
  const file = join(folder, 'source.db');
  const writer = new Database(file);
  try {
    writer.pragma('journal_mode = WAL');
    writer.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, '0')`);
    const db = openSource(file);
    let between = 0;
    // The last thing that is done to begin a transaction, when its state is fixed.
    const hooked = new Proxy(db, {
      get: (target, name) =>
        name === 'pragma' && target.inTransaction
          ? (sql: string, options?: Database.PragmaOptions) => {
              if (/busy_timeout = /.test(sql)) writer.exec(`UPDATE t SET v = '${++between}'`);
              return target.pragma(sql, options);
            }
          : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)),
    });
    const live = new LivePages(file);
    live.begin(hooked);
    expect(between).toBeGreaterThan(1);
    expect(live.encoder(db, TABLE)).toBeUndefined();
    db.exec('COMMIT');
    live.begin(db);
    expect(live.encoder(db, TABLE)).toBeDefined();
    db.close();
    live.close();
  } finally {
    writer.close();
    rmSync(folder, { recursive: true });
  }
});
