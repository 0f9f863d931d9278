import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployMigrations } from '@vatevo/db/migrations';
import { startProxy } from '@vatevo/test-kit/message-proxy';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeNextRelease } from '../../src/drill/next-release.ts';
import { type Outcome, root, start } from '../support/run-script.ts';
import { sql } from '../support/sql.ts';
import { kill, LONG, nth } from '../transfer/support/bench.ts';
import { callOps, startOps } from '../transfer/support/command.ts';
import { begin, expectDone, MoveBench, take, takers } from './support/move.ts';

/*
 * Migrations that are deployed while failback is open.
 */

const FORMATS = ['own', 'legacy'] as const;

let bench: MoveBench;
let folder: string;
let next: Record<string, string>;
beforeAll(async () => {
  bench = await MoveBench.open();
  folder = mkdtempSync(join(tmpdir(), 'vatevo-window-'));
  next = makeNextRelease(join(folder, 'prisma'));
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A PostgreSQL that took over from a file, and where its failback leads to. */
async function served(format: 'own' | 'legacy'): Promise<{ url: string; file: string; source: string }> {
  const url = await bench.targets.create();
  const source = format === 'legacy' ? bench.source() : join(folder, `own-${Date.now()}.db`);
  if (format === 'own') {
    await deployMigrations({ kind: 'sqlite', file: source });
    const db = new Database(source);
    db.exec(`
      INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('A', '${'0'.repeat(64)}', 'vat_');
      INSERT INTO invoices (external_id, tenant_id, country_code, invoice_number, issue_date, subtotal, tax_amount,
        total_amount, supplier_data, customer_data, line_items)
      VALUES ('first', 1, 'IT', 'R-1', '2026-01-01T00:00:00.000000Z', '1.10', '0.00', '1.10', '{}', '{}', '[]')`);
    db.close();
  }
  await expectDone('start', source, url);
  await expectDone('finish', source, url);
  return { url, source, file: format === 'own' ? source : `${source}.own` };
}

async function deployNext(url: string): Promise<void> {
  const { code, stderr } = await start(
    process.execPath,
    [join(root, 'packages/db/bin/vatevo-db.mjs'), 'deploy'],
    { env: { POSTGRES_URL: url, ...next } },
  ).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await sql(
    url,
    `INSERT INTO drill_notes (tenant_id, note) SELECT 1, 'note ' || i FROM generate_series(1, 158) i`,
    `UPDATE invoices SET channel = 'api' WHERE id = 1`,
  );
}

function rollback(file: string, url: string, env: Record<string, string>, ...flags: string[]) {
  const args = ['--to', file, '--report', join(folder, 'reports'), ...flags];
  // Which migrations another release has, a process knows from its start.
  return env === next ? startOps('rollback', args, url, env).ended : callOps('rollback', args, url, env);
}

function expectNotes(file: string): void {
  const db = new Database(file, { readonly: true });
  expect(db.prepare('SELECT count(*), max(note) FROM drill_notes').raw().get()).toEqual([158, 'note 99']);
  expect(db.prepare('SELECT channel FROM invoices WHERE id = 1').pluck().get()).toBe('api');
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  expect(
    db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'vatevo_cutover%'`).pluck().get(),
  ).toBe(0);
  db.close();
}

it.for(LONG ? FORMATS : FORMATS.slice(0, 1))(
  'takes along a table and a column that a migration brought: from a file of the %s format',
  { timeout: 300_000 },
  async (format) => {
    const { url, file } = await served(format);
    await deployNext(url);
    // The release before cannot, and says which one can.
    const early = await rollback(file, url, {});
    expect(early).toMatchObject({ code: 4 });
    expect(early.stderr).toMatch(/drill_notes; .*invoices\.channel|invoices\.channel.*drill_notes/);
    expect(early.stderr).toContain('29990101000000_drill');
    expect(await takers(file, url)).toBe('server');

    const done = await rollback(file, url, next);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain(format === 'own' ? 'Migrations applied to it' : 'has taken over');
    expectNotes(file);
    expect(await takers(file, url)).toBe('file');
    await expect(
      sql(url, `INSERT INTO drill_notes (tenant_id, note) VALUES (1, 'late')`),
    ).rejects.toMatchObject({
      code: '25006',
    });
    if (!LONG) return;
    // There again with the release that it is at, and back.
    for (const step of ['start', 'finish'] as const) {
      const outcome = await begin(step, file, url, next).ended;
      expect({ step, code: outcome.code, stderr: outcome.stderr }).toEqual({ step, code: 0, stderr: '' });
    }
    expect(await sql(url, 'SELECT count(*)::int AS notes FROM drill_notes')).toEqual([{ notes: 158 }]);
    expect(await rollback(file, url, next)).toMatchObject({ code: 0 });
    expectNotes(file);
    await bench.targets.drop(url);
  },
);

it('leaves a table in PostgreSQL by name, and says so', async () => {
  const { url, file } = await served('own');
  await sql(url, 'CREATE TABLE by_hand (id int PRIMARY KEY)', 'INSERT INTO by_hand VALUES (1)');
  const refused = await rollback(file, url, {});
  expect(refused).toMatchObject({ code: 4 });
  for (const words of ['table by_hand', '--leave-behind by_hand', '--not-ours by_hand', 'ops:cutover close'])
    expect(refused.stderr).toContain(words);
  const done = await rollback(file, url, {}, '--leave-behind', 'by_hand');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout).toContain('Left in PostgreSQL by name: by_hand.');
  const again = await take('start', file, url);
  expect(again).toMatchObject({ code: 4 });
  const args = ['start', '--source', file, '--not-back', 'by_hand'];
  const kept = await callOps('cutover', args, url);
  expect(kept).toMatchObject({ code: 4 });
  expect(kept.stderr).toContain('--discard-left-behind');
  expect(await callOps('cutover', [...args, '--discard-left-behind'], url)).toMatchObject({ code: 0 });
  await bench.targets.drop(url);
}, 120_000);

// In the short suite packages/cutover cuts a failback with a migration off, and kills are tried without one.
it.runIf(LONG).for(FORMATS)(
  'killed while it brings a migration along, it resumes: to a file of the %s format',
  { timeout: 300_000 },
  async (format) => {
    const { url, file } = await served(format);
    await deployNext(url);
    for (const when of [nth(0, /FETCH/), nth(0, /LOCK TABLE/), nth(1, /FETCH/), nth(0, /refuse_write/)]) {
      let run: ReturnType<typeof startOps> | undefined;
      const proxy = await startProxy(url, (message) => {
        if (run && when(message)) void kill(run, message);
      });
      run = startOps('rollback', ['--to', file, '--report', join(folder, 'reports')], proxy.url, next);
      const outcome: Outcome = await run.ended;
      await proxy.close();
      if (outcome.signal === null) break;
      expect(await takers(file, url)).toMatch(/^(none|server)$/);
    }
    expect(await rollback(file, url, next)).toMatchObject({ code: 0 });
    expectNotes(file);
    expect(await takers(file, url)).toBe('file');
    await bench.targets.drop(url);
  },
);
