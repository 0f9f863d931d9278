import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployMigrations } from '@vatevo/db/migrations';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { callOps } from '../transfer/support/command.ts';
import { makeSource } from '../transfer/support/source.ts';
import { Targets } from '../transfer/support/target.ts';
import { expectDone, take } from './support/move.ts';

it('holds what was decided at the start for the whole move, and at failback', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-decisions-'));
  const targets = await Targets.prepare();
  onTestFinished(async () => {
    await targets.dropAll();
    rmSync(folder, { recursive: true });
  });
  const url = await targets.create();
  const file = join(folder, 'vatevo.db');
  await deployMigrations({ kind: 'sqlite', file });
  const db = new Database(file);
  db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes (text) VALUES ('ours alone');
    INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('A', '${'0'.repeat(64)}', 'vat_')`);

  const undecided = await take('start', file, url);
  expect(undecided).toMatchObject({ code: 5, stderr: expect.stringContaining('--leave-behind notes') });
  const args = ['start', '--source', file, '--leave-behind', 'notes'];
  expect((await callOps('cutover', args, url)).code).toBe(0);
  db.exec(`UPDATE tenants SET name = 'B'`);
  await expectDone('start', file, url);
  await expectDone('finish', file, url);
  await expectDone('rollback', file, url);
  expect(db.prepare('SELECT name, text FROM tenants, notes').get()).toEqual({
    name: 'B',
    text: 'ours alone',
  });
  db.close();
});

it('leaves what a move and tools keep in the file where it is, without a flag', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-bookkeeping-'));
  const targets = await Targets.prepare();
  onTestFinished(async () => {
    await targets.dropAll();
    rmSync(folder, { recursive: true });
  });
  const file = makeSource(folder, 'legacy.db', 20);
  const db = new Database(file);
  db.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1');
    CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); INSERT INTO _litestream_seq VALUES (1, 1);
    CREATE TABLE _litestream_lock (id INTEGER)`);
  const url = await targets.create();
  const started = await callOps('cutover', ['start', '--source', file], url);
  expect(started).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('_litestream_seq (Litestream), alembic_version (Alembic)'),
  });
  db.exec(`UPDATE tenants SET name = name || '!'; UPDATE _litestream_seq SET seq = seq + 1`);

  const another = await targets.create();
  const inspected = await callOps('inspect', ['--source', file], another);
  expect(inspected).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('vatevo_cutover (a live move of this file)'),
  });
  const args = ['--source', file, '--report', join(folder, 'reports')];
  expect((await callOps('transfer', args, another)).code).toBe(0);

  await expectDone('finish', file, url);
  // A replication that could not write any more would stop.
  db.exec('UPDATE _litestream_seq SET seq = seq + 1');
  expect(() => db.exec(`UPDATE tenants SET name = 'late'`)).toThrow(/fence/);
  db.close();
});
