import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployMigrations } from '@vatevo/db/migrations';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { startOps } from '../transfer/support/command.ts';
import { Targets } from '../transfer/support/target.ts';
import { begin, expectDone } from './support/move.ts';

it('holds what was decided at the start for the whole move, and on the way back', async () => {
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

  const undecided = await begin('start', file, url).ended;
  expect(undecided).toMatchObject({ code: 5, stderr: expect.stringContaining('--leave-behind notes') });
  const args = ['start', '--source', file, '--leave-behind', 'notes'];
  expect((await startOps('cutover', args, url).ended).code).toBe(0);
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
