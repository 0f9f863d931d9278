import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sql } from '../support/sql.ts';
import { callOps } from '../transfer/support/command.ts';
import { makeSource } from '../transfer/support/source.ts';
import { Targets } from '../transfer/support/target.ts';

it('tells rows that were written since the hand-over from rows that are wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-verify-'));
  const targets = await Targets.prepare();
  onTestFinished(async () => {
    await targets.dropAll();
    rmSync(folder, { recursive: true });
  });
  const source = makeSource(folder, 'legacy.db', 1_000);
  const url = await targets.create();
  for (const step of ['start', 'finish']) {
    const report = step === 'finish' ? ['--report', join(folder, 'reports')] : [];
    const { code } = await callOps('cutover', [step, '--source', source, ...report], url);
    expect(code).toBe(0);
  }
  await sql(
    url,
    'UPDATE invoices SET retry_count = 9 WHERE id < 4',
    'DELETE FROM webhook_events WHERE id = 7',
    `INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload) SELECT tenant_id, id, 'new', '{}' FROM invoices LIMIT 3`,
  );
  const verify = () => callOps('verify', ['--source', source], url);
  const equal = await verify();
  expect(equal).toMatchObject({ code: 0, stderr: '' });
  expect(equal.stdout).toContain('7 were written in PostgreSQL since it took over');

  // As a superuser can: without triggers, so that no log knows of it.
  await sql(
    url,
    'SET session_replication_role = replica',
    'UPDATE invoices SET retry_count = 7 WHERE id = 30',
    'DELETE FROM webhook_events WHERE id = 8',
    `INSERT INTO webhook_events (id, tenant_id, invoice_id, event_type, payload) SELECT 99999, tenant_id, id, 'new', '{}' FROM invoices LIMIT 1`,
  );
  const differs = await verify();
  expect(differs.code).toBe(6);
  expect(differs.stdout).toMatch(/invoices id=30: retry_count: expected "\d+", found "7"/);
  expect(differs.stdout).toContain('webhook_events id=8: missing row');
  expect(differs.stdout).toContain('webhook_events id=99999: unexpected row');
  expect(differs.stdout).toContain('NOT equal: 3 rows');
});

it('leaves the rows of a live move to the move', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-verify-'));
  const targets = await Targets.prepare();
  onTestFinished(async () => {
    await targets.dropAll();
    rmSync(folder, { recursive: true });
  });
  const source = makeSource(folder, 'legacy.db', 10);
  const url = await targets.create();
  expect((await callOps('cutover', ['start', '--source', source], url)).code).toBe(0);
  const others = [
    () => callOps('transfer', ['--source', source, '--discard-unfinished'], url),
    () => callOps('verify', ['--source', source], url),
    () => callOps('prepare-postgres', [], url),
  ];
  for (const other of others) {
    const { code, stderr } = await other();
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('pnpm ops:cutover status'),
    });
  }
  expect(await sql(url, 'SELECT count(*)::int AS tenants FROM tenants')).toEqual([{ tenants: 5 }]);
});
