import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { TablePlan } from '../src/plan/types.ts';
import { cutRanges } from '../src/source/sqlite/ranges.ts';
import { measureExtent } from '../src/source/sqlite/readers/queries.ts';

const MIB = 2 ** 20;

const table: TablePlan = {
  source: 'document',
  target: { schema: 'public', name: 'document' },
  key: ['id'],
  rowid: 'id',
  columns: ['id', 'body'].map((name) => ({
    target: name,
    type: { name: name === 'id' ? 'int4' : 'text', sql: name === 'id' ? 'integer' : 'text' },
    notNull: false,
    generated: false,
    from: { column: name },
    secret: false,
  })),
  identity: [0],
};

it('cuts tables of large rows into more ranges, at the same bounds every time', () => {
  const db = new Database(':memory:');
  db.defaultSafeIntegers(true);
  db.exec('CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO document VALUES (?, ?)');
  for (let id = 1; id <= 40; id++) insert.run(id, 'x'.repeat(MIB / 2));
  const extent = measureExtent(db, table);
  expect(extent.rowBytes).toBeGreaterThanOrEqual(MIB / 2);
  expect(measureExtent(db, table)).toEqual(extent);
  db.close();
  // A hundred times as many rows: 2 GB in sixteen ranges or one more.
  const ranges = cutRanges([
    { table, extent: { ...extent, rows: 4_000, bounds: { lowest: 1n, highest: 4_000n } } },
  ]);
  expect(ranges.length).toBeGreaterThanOrEqual(16);
  expect(ranges.length).toBeLessThanOrEqual(17);
  expect(ranges.at(-1)?.bounds?.highest).toBe(4_000n);
});

it('cuts tables of common rows by their number', () => {
  const bounds = { lowest: 1n, highest: 50_000n };
  expect(cutRanges([{ table, extent: { rows: 50_000, bounds, rowBytes: 300 } }])).toHaveLength(3);
  expect(cutRanges([{ table, extent: { rows: 50_000, bounds, rowBytes: 0 } }])).toHaveLength(3);
});
