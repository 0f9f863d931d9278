import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import type { TargetType } from '../src/column-types/types.ts';
import { unchangedInFile } from '../src/pipeline/compare.ts';
import type { ColumnPlan, TablePlan } from '../src/plan/types.ts';
import type { ReadResult, SourceReader } from '../src/source/source.ts';
import { CHANGE_LOG, keyColumn, MARK_COLUMN, pointerName } from '../src/source/sqlite/change-log.ts';
import { readLive } from '../src/source/sqlite/readers/live.ts';
import { LivePages } from '../src/source/sqlite/readers/live-pages.ts';
import { changedKeys } from '../src/source/sqlite/source-sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-logged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const INT: TargetType = { name: 'int8', sql: 'bigint' };

/** Events hold, in the target, the tenant of the invoice that they point to. */
const EVENTS: TablePlan = {
  source: 'event',
  target: { schema: 'public', name: 'event' },
  key: ['id'],
  rowid: 'id',
  columns: [
    column('id', { column: 'id' }),
    column('tenant', { through: { column: 'invoice', table: 'invoice', key: 'id', value: 'tenant' } }),
  ],
  identity: [0],
};

function column(target: string, from: ColumnPlan['from']): ColumnPlan {
  return { target, type: INT, notNull: false, generated: false, from, secret: false };
}

/** More lines than are read at once stand before the one that says that an invoice has another tenant. */
const LINES_BEFORE = 7_000;

it.each([0, 1, 2])(
  'knows a row that pointed to a changed one, and was deleted after %i reads',
  async (reads) => {
    const db = new Database(join(folder, `${reads}.db`));
    db.pragma('synchronous = OFF');
    db.exec(`
    CREATE TABLE invoice (id INTEGER PRIMARY KEY, tenant INTEGER);
    CREATE TABLE event (id INTEGER PRIMARY KEY, invoice INTEGER);
    CREATE TABLE ${CHANGE_LOG} (seq INTEGER PRIMARY KEY, ${MARK_COLUMN}, tbl TEXT NOT NULL, ${keyColumn(0)});
    INSERT INTO invoice VALUES (1, 1);
    INSERT INTO event VALUES (7, 1), (8, 1), (9, 2);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LINES_BEFORE})
      INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) SELECT 'event', 1000 + i FROM n`);
    const log = db.prepare(`INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) VALUES (?, ?)`);
    log.run(pointerName('event', 'invoice'), 1n);

    let done = 0;
    const read: SourceReader['read'] = async (ranges, want): Promise<ReadResult> => {
      if (done++ === reads) {
        db.exec('DELETE FROM event WHERE id = 7');
        log.run('event', 7n);
      }
      const budget = { ms: 1_000, bytes: 1 << 20 };
      return readLive(db.defaultSafeIntegers(), new LivePages(db.name), {
        kind: 'live',
        ranges,
        want,
        budget,
        since: undefined,
      }).result();
    };
    // What a comparison found unequal: both events of the invoice, and one that nobody touched.
    const unequal = ['7', '8', '9'].map((id) => ({ table: EVENTS, key: [id] }));
    const untouched = await unchangedInFile(0n)({ read } as SourceReader, unequal);
    expect(untouched.map(({ key }) => key[0])).toEqual(['9']);
    db.close();
  },
);

it('looks at the rows that point somewhere only when something has changed there', () => {
  const db = new Database(':memory:');
  let looked = 0;
  db.table('event', {
    columns: ['id', 'invoice'],
    *rows() {
      for (const row of [
        { id: 7n, invoice: 1n },
        { id: 8n, invoice: 2n },
      ]) {
        looked++;
        yield row;
      }
    },
  });
  db.exec(`CREATE TABLE ${CHANGE_LOG} (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, ${keyColumn(0)});
           INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) VALUES ('event', 3)`);
  const changed = () => {
    looked = 0;
    return db
      .prepare(changedKeys(EVENTS, { after: 0n, upTo: 10n }))
      .pluck()
      .all();
  };
  expect({ changed: changed(), looked }).toEqual({ changed: [3], looked: 0 });
  db.prepare(`INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) VALUES (?, 1)`).run(
    pointerName('event', 'invoice'),
  );
  expect(changed()).toEqual([3, 7]);
  db.close();
});

/** What may be stored by a declared type, and be equal to something of another. */
const STORED: Readonly<Record<string, readonly (string | number)[]>> = {
  INTEGER: [5, 2.5, 'x'],
  NUMERIC: [5, '05', 2.5, 'x'],
  REAL: [5, 2.5],
  TEXT: ['5', '05', '5.0', ' 5', '2.5', 'Ab', 'x'],
  BLOB: [5, '5', 2.5, '2.5'],
  '': [5, '5', 2.5, 'x'],
};

it.each(Object.keys(STORED))('knows every row that points to a changed key of the type "%s"', (type) => {
  const db = new Database(':memory:');
  for (const of of Object.keys(STORED)) {
    db.exec(`
      DROP TABLE IF EXISTS invoice; DROP TABLE IF EXISTS event; DROP TABLE IF EXISTS ${CHANGE_LOG};
      CREATE TABLE invoice (id ${type}, tenant);
      CREATE TABLE event (id INTEGER PRIMARY KEY, invoice ${of});
      CREATE TABLE ${CHANGE_LOG} (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, ${keyColumn(0)})`);
    for (const id of STORED[type] ?? []) db.prepare('INSERT INTO invoice (id) VALUES (?)').run(id);
    for (const id of STORED[of] ?? []) db.prepare('INSERT INTO event (invoice) VALUES (?)').run(id);
    const pointing = db.prepare(
      'SELECT e.id FROM event e JOIN invoice i ON i.id = e.invoice WHERE i.id IS ?',
    );
    for (const id of db.prepare('SELECT id FROM invoice').pluck().all()) {
      db.prepare(`DELETE FROM ${CHANGE_LOG}`).run();
      const log = db.prepare(`INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) VALUES (?, ?)`);
      log.run(pointerName('event', 'invoice'), id);
      const known = db
        .prepare(changedKeys(EVENTS, { after: 0n, upTo: 10n }))
        .pluck()
        .all();
      expect(known, `${id} from ${of}`).toEqual(expect.arrayContaining(pointing.pluck().all(id)));
    }
  }
  db.close();
});
