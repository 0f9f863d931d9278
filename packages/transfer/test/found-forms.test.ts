import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import type { TablePlan } from '../src/plan/types.ts';
import { findForms } from '../src/source/sqlite/forms.ts';
import { openSource } from '../src/source/sqlite/open.ts';
import { type InRead, shortReads } from '../src/source/sqlite/short-reads.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-found-forms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 5_000;
const FLAGS: TablePlan = {
  source: 'flag',
  target: { schema: 'public', name: 'flag' },
  key: ['id'],
  rowid: 'id',
  columns: [
    {
      target: 'v',
      type: { name: 'bool', sql: 'boolean' },
      notNull: false,
      generated: false,
      from: { column: 'v' },
      secret: false,
    },
  ],
  identity: [],
};

it.each([
  { kind: 'a table', rowid: 'id', end: '', fewest: 3 },
  { kind: 'a table without rowids', rowid: undefined, end: 'WITHOUT ROWID', fewest: 1 },
])('finds the forms of $kind in reads between which others may write', async ({ rowid, end, fewest }) => {
  const file = join(folder, `${fewest}.db`);
  const writer = new Database(file, { timeout: 0 });
  writer.exec(`PRAGMA synchronous = OFF; CREATE TABLE flag (id INTEGER PRIMARY KEY, v) ${end};
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
      INSERT INTO flag (id, v) SELECT i - 9, iif(i % 5 = 0, 'true', i % 2) FROM n;
    UPDATE flag SET v = NULL WHERE id = 0`);
  const db = openSource(file);
  const read = shortReads(db, 1_000);
  const write = writer.prepare('UPDATE flag SET v = v WHERE id = 1');
  let reads = 0;
  const inRead: InRead = async (work) => {
    reads++;
    // Nobody else holds the file.
    write.run();
    return read(work);
  };
  const [found] = await findForms(db, { ...FLAGS, rowid } as TablePlan, inRead);
  expect(found?.nulls).toBe(1);
  expect(found?.kinds?.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS - 1);
  expect(reads).toBeGreaterThanOrEqual(fewest);
  db.close();
  writer.close();
});
