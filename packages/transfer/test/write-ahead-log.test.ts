import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PageFile } from '../src/source/sqlite/pages/page-file.ts';
import { TableCursor } from '../src/source/sqlite/pages/table-cursor.ts';

/** Rowids and texts as the pages say. @param meanwhile done when the first row is read */
function rowsOf(pages: PageFile, db: Database.Database, meanwhile: () => void): [number, string][] {
  const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 't'`).pluck().get() as number;
  pages.refresh();
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

it('reads in every journal mode what SQLite reads, whatever writers, readers and checkpoints do', () => {
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
        try {
          writer.pragma(`page_size = ${pageSize}`);
          writer.pragma(`journal_mode = ${mode}`);
          writer.pragma('synchronous = OFF');
          // So small that large transactions write frames before they commit, which a rollback leaves in the log.
          writer.pragma('cache_size = 10');
          writer.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)');
          const put = writer.prepare('INSERT OR REPLACE INTO t VALUES (?, ?)');
          const pages = PageFile.openLive(file, 'scan');
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
            reader.exec('BEGIN');
            const known = reader.prepare('SELECT id, v FROM t ORDER BY id').raw().all();
            const rows = rowsOf(pages, reader, () => {
              if (mode !== 'WAL') return;
              writer.exec(`UPDATE t SET v = '<meanwhile>'`);
              writer.pragma('wal_checkpoint(PASSIVE)');
              writer.exec(`UPDATE t SET v = '<later>' WHERE id % 2`);
            });
            expect(rows).toEqual(known);
            reader.exec('COMMIT');
          }
        } finally {
          for (const db of [writer, holder, reader]) db.close();
          rmSync(folder, { recursive: true });
        }
      },
    ),
    { numRuns: process.env.VATEVO_TEST_LONG === '1' ? 2_000 : 25 },
  );
});
