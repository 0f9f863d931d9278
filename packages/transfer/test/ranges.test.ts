import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { TablePlan } from '../src/plan/types.ts';
import { cutPieces, cutRanges } from '../src/source/sqlite/ranges.ts';
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

it('cuts what others write to by its rows, however far apart their rowids are', () => {
  const db = new Database(':memory:');
  db.defaultSafeIntegers(true);
  db.exec('CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO document VALUES (?, ?)');
  const piecesOf = (rows: number, id: (i: bigint) => bigint, widest?: bigint) => {
    db.exec('DELETE FROM document');
    for (let i = 0n; i < rows; i++) insert.run(id(i), 'x'.repeat(20));
    const extent = measureExtent(db, table, true);
    const cut = (done: Parameters<typeof cutPieces>[1]) => cutPieces([{ table, extent }], done, widest);
    const pieces = cut([]).map(({ bounds }) => bounds as NonNullable<typeof bounds>);
    // From end to end, without a gap.
    expect([pieces[0]?.lowest, pieces.at(-1)?.highest]).toEqual([
      extent.bounds?.lowest,
      extent.bounds?.highest,
    ]);
    for (const [i, { lowest }] of pieces.entries())
      if (i > 0) expect(lowest).toBe((pieces[i - 1]?.highest ?? 0n) + 1n);
    // What is done is cut out, wherever it ends.
    const [from, to] = [pieces[0]?.lowest ?? 0n, (pieces.at(-1)?.highest ?? 0n) - 3n];
    const done = { table: table.target.name, lowest: from + 2n, highest: to };
    expect(cut([done]).map(({ bounds }) => bounds)).toEqual([
      { lowest: from, highest: from + 1n },
      { lowest: to + 1n, highest: to + 3n },
    ]);
    return pieces.length;
  };
  expect(piecesOf(188, (i) => i * 2n ** 45n)).toBeLessThan(16);
  expect(piecesOf(188, (i) => (i - 94n) * 98_000_000_000_000_000n, 1_000n)).toBeLessThan(16);
  expect(piecesOf(2_000, (i) => (i * 0x9e3779b97f4a7c15n) % 2n ** 63n)).toBeLessThan(150);
  // Two clusters, and dense ones.
  expect(piecesOf(4_000, (i) => (i % 2n) * 2n ** 62n + i)).toBeLessThan(6);
  expect(piecesOf(3_000, (i) => 2n ** 60n + i, 1_000n)).toBe(3);
  db.close();
});
