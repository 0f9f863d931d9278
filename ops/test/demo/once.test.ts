import { chmod, copyFile, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { removeLocalPostgres } from '@vatevo/local-postgres';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandLinesWith } from '../support/run-script.ts';
import { LONG } from '../transfer/support/bench.ts';
import { sampleFile, temporaryFolder, testDemo } from './support.ts';

/** What a developer may have set for databases of their own. */
const FOREIGN_SETTINGS = {
  POSTGRES_URL: 'postgresql://me:wrong@127.0.0.1:1/nowhere',
  DB_SSL_MODE: 'verify-full',
  VATEVO_ENV: 'production',
  PGHOST: '127.0.0.2',
};

describe('demo --once', () => {
  it('moves the sample, proves it, and gets an invoice with the key its tenant held; again, it is quick; starts over on demand', {
    timeout: 240_000,
  }, async () => {
    const demo = await testDemo();
    const first = await demo.start(['--once'], FOREIGN_SETTINGS).ended;
    expect(first).toMatchObject({ code: 0, stderr: '' });
    for (const [table, rows] of [
      ['tenants', 5],
      ['invoices', 62],
      ['webhook_events', 91],
    ]) {
      expect(first.stdout).toMatch(new RegExp(`^ *${table} +${rows} +${rows} +[0-9a-f]+ +yes$`, 'm'));
    }
    expect(first.stdout).toContain('GET /health/db: 200 {"status":"ok","database":"connected"}');
    expect(first.stdout).toMatch(
      /✓ GET \/invoices\/1: as in the file \(EXT-00001, total 2428\.54\), with the key/,
    );
    expect(first.stdout).not.toMatch(/vat_[0-9a-f]{32}/);
    expect(await demo.processes()).toEqual([]);

    const superuser = JSON.parse(await readFile(join(demo.folder, 'local/postgres/superuser.json'), 'utf8'));
    const seen = await commandLinesWith(superuser.password, async () => {
      const second = await demo.start(['--once']).ended;
      expect(second).toMatchObject({ code: 0, stderr: '' });
      expect(second.stdout).toContain('was transferred and verified before');
      expect(second.stdout).toContain('GET /invoices/1: as in the file');
      expect(second.stdout + first.stdout).not.toContain(superuser.password);
    });
    expect(seen).toEqual([]);

    // It keeps what it holds when another file is given, and says so.
    const other = join(demo.folder, 'other.db');
    await copyFile(sampleFile, other);
    const db = new Database(other);
    db.exec(`UPDATE tenants SET name = 'Renamed' WHERE id = 1`);
    db.close();
    const refused = await demo.start(['--once', '--source', other]).ended;
    expect(refused.code).toBe(4);
    expect(refused.stdout).toMatch(/demo's database still holds legacy\.db, moved on 20\d\d-.*Z/);
    expect(refused.stdout).toContain('npm run demo -- --fresh');

    if (!LONG) return;
    // Relative to the folder the user is in, which npm names in INIT_CWD.
    const anew = await demo.start(['--once', '--fresh', '--source', 'other.db'], { INIT_CWD: demo.folder })
      .ended;
    expect(anew).toMatchObject({ code: 0, stderr: '' });
    expect(anew.stdout).toContain('with the key that Renamed held before the move');
  });

  it.runIf(LONG)('starts over where the folder of an earlier clone is gone', async () => {
    // As root the data lies elsewhere then, since the server's account cannot enter this folder.
    const demo = await testDemo();
    await chmod(demo.folder, 0o700);
    const local = join(demo.folder, 'local');
    onTestFinished(async () => void (await removeLocalPostgres(join(local, 'postgres'))));
    expect(await demo.start(['--once']).ended).toMatchObject({ code: 0 });
    await rm(local, { recursive: true });
    const again = await demo.start(['--once']).ended;
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toContain('was transferred and verified before');
  });

  it('refuses a wrong call before it starts anything', async () => {
    const demo = await testDemo();
    const folder = await temporaryFolder();
    const missing = await demo.start(['--source', join(folder, 'none.db')]).ended;
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('There is no file');

    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const busy = await demo.start([], { PORT: String(port) }).ended;
    expect(busy).toMatchObject({ code: 2, stdout: '' });
    expect(busy.stderr).toContain(`Port ${port} on 127.0.0.1, which PORT asks for, is taken.`);

    expect((await demo.start(['--sauce', 'x']).ended).code).toBe(2);
    expect((await demo.start([], { PORT: 'http' }).ended).code).toBe(2);
  });
});
