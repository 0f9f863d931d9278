import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { root, start } from '../support/run-script.ts';
import { legacyMove } from './legacy.ts';
import { LONG } from './support/bench.ts';

const launcher = join(root, 'ops/bin/vatevo-ops.mjs');

it('ends with the documented code and one sentence for a source that is none', async () => {
  const move = await legacyMove('');
  const path = (name: string) => join(move.folder, name);
  mkdirSync(path('folder'));
  writeFileSync(path('empty.db'), '');
  writeFileSync(path('text.db'), 'id;name\n'.repeat(100));
  copyFileSync(move.file, path('cut.db'));
  truncateSync(path('cut.db'), 20_000);
  execFileSync('mkfifo', [path('pipe')]);
  new Database(path('other.db')).exec('CREATE TABLE t (x)').close();
  symlinkSync(path('gone.db'), path('link.db'));
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['none.db', 2, /There is no file/],
    ['link.db', 2, /There is no file/],
    ['folder', 5, /is a folder/],
    ['empty.db', 5, /is empty \(0 bytes\)/],
    ['text.db', 5, /is not a SQLite 3 database/],
    ['cut.db', 5, /damaged/],
    ['pipe', 5, /is a pipe, a socket or a device/],
    ['other.db', 5, /not one of Vatevo's/],
  ];
  for (const [name, code, sentence] of cases) {
    const outcome = await move.transfer(path(name));
    expect(outcome, name).toMatchObject({ code });
    expect(outcome.stderr).toMatch(sentence);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  }
  expect(await move.query(`SELECT to_regnamespace('vatevo_transfer') AS ledger`)).toEqual([{ ledger: null }]);
});

it('moves what a crashed writer left, and does not touch it', async () => {
  const move = await legacyMove('');
  const crashed = join(move.folder, 'crashed.db');
  const writer = new Database(move.file);
  writer.pragma('foreign_keys = 0');
  writer.exec(
    `PRAGMA cache_size = 1; BEGIN; UPDATE invoices SET ubl_xml = printf('%09000d', id); DELETE FROM tenants;`,
  );
  copyFileSync(move.file, crashed);
  copyFileSync(`${move.file}-journal`, `${crashed}-journal`);
  writer.close();
  const before = readFileSync(crashed);
  const outcome = await move.transfer(crashed);
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stdout).toContain('read from a recovered copy');
  expect(await move.query('SELECT count(*)::int AS rows FROM tenants')).toEqual([{ rows: 5 }]);
  expect(readFileSync(crashed).equals(before)).toBe(true);
});

it('carries a killed run with a quarantine on', async () => {
  const move = await legacyMove(`
    UPDATE invoices SET total_amount = 'NaN' WHERE id % 7 = 0;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
    INSERT INTO webhook_events (invoice_id, event_type, payload, delivered, created_at) SELECT 1 + i % 62, 'x', '{"i":' || i || '}', 0, '2025-01-01 00:00:00' FROM n;`);
  const args = ['transfer', '--source', move.file, '--report', move.reports, '--quarantine'];
  for (const last of LONG ? ['Inspect the source', 'Copy', 'Restore indexes'] : ['Copy']) {
    const running = start('node', [launcher, ...args], { env: move.env });
    await running.said(last).catch(() => undefined);
    running.child.kill('SIGKILL');
    await running.ended;
  }
  const outcome = await start('node', [launcher, ...args], { env: move.env }).ended;
  expect(outcome).toMatchObject({ code: 5 });
  const verified = await move.run('verify');
  expect(verified).toMatchObject({ code: 0 });
  expect(await move.query(`SELECT count(*)::int AS rows FROM invoices WHERE id % 7 = 0`)).toEqual([
    { rows: 0 },
  ]);
  const [{ rows: aside } = { rows: 0 }] = await move.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM vatevo_transfer.quarantine',
  );
  const [{ rows: loaded } = { rows: 0 }] = await move.query<{ rows: number }>(
    'SELECT ((SELECT count(*) FROM invoices) + (SELECT count(*) FROM tenants) + (SELECT count(*) FROM webhook_events))::int AS rows',
  );
  expect(loaded + aside).toBe(62 + 5 + 91 + 9_000);
  const store = new Database(join(move.reports, 'quarantine-1.db'), { readonly: true });
  expect(store.prepare('SELECT count(*) FROM vatevo_quarantine').pluck().get()).toBe(aside);
  store.close();
});
