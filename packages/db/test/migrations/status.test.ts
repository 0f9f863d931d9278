import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deployMigrations, migrationStatus } from '../../src/migrations/index.ts';
import { compareHistory } from '../../src/migrations/status.ts';
import { emptyPostgres, query } from '../support/sql.ts';

describe('the status of a history', () => {
  const file = (name: string) => ({ name, script: '', checksum: `sum of ${name}` });
  const row = (name: string, change: object = {}) => ({
    name,
    checksum: `sum of ${name}`,
    startedAt: new Date(0),
    finishedAt: new Date(1),
    rolledBackAt: null,
    logs: null,
    ...change,
  });

  it('sorts migrations into what is applied, pending, failed, edited and unknown', () => {
    const files = ['1', '2', '3', '4'].map(file);
    const records = [row('1'), row('2', { checksum: 'another' }), row('3', { finishedAt: null }), row('9')];
    expect(compareHistory(files, records)).toEqual({
      applied: ['1', '2', '9'],
      pending: ['4'],
      failed: ['3'],
      edited: ['2'],
      unknown: ['9'],
    });
  });

  it('does not count tries that were rolled back', () => {
    const rolledBack = row('1', { finishedAt: null, rolledBackAt: new Date(2) });
    expect(compareHistory([file('1')], [rolledBack])).toMatchObject({ pending: ['1'], failed: [] });
    expect(compareHistory([file('1')], [rolledBack, row('1')])).toMatchObject({
      applied: ['1'],
      pending: [],
    });
  });
});

describe('drift on PostgreSQL', () => {
  it.each([
    [
      'a CHECK',
      'ALTER TABLE tenants DROP CONSTRAINT tenants_api_key_prefix_check',
      'Missing constraint tenants.tenants_api_key_prefix_check',
    ],
    [
      'a partial index',
      'DROP INDEX webhook_events_undelivered_idx',
      'Missing index webhook_events.webhook_events_undelivered_idx',
    ],
    ['an ordinary index', 'DROP INDEX invoices_tenant_id_status_id_idx', 'invoices_tenant_id_status_id_idx'],
    [
      'a foreign key',
      'ALTER TABLE invoices DROP CONSTRAINT invoices_tenant_id_fkey',
      'invoices_tenant_id_fkey',
    ],
    ['a column', 'ALTER TABLE invoices DROP COLUMN pdf_url', 'pdf_url'],
    ['a column too many', 'ALTER TABLE invoices ADD COLUMN stray text', 'stray'],
    ['a type', 'ALTER TABLE invoices ALTER COLUMN currency TYPE varchar(3)', 'currency'],
    ['a NOT NULL', 'ALTER TABLE invoices ALTER COLUMN currency DROP NOT NULL', 'currency'],
    ['a table', 'DROP TABLE webhook_events', 'webhook_events'],
  ])('is seen: %s', async (_, statement, name) => {
    const { target } = await emptyPostgres();
    await deployMigrations(target);
    await query(target, statement);
    const { drift } = await migrationStatus(target);
    expect(drift).toContain(name);
    expect((await migrationStatus(target, { skipDrift: true })).drift).toBeUndefined();
  });

  it('is not what others keep in schemas of their own, or what the transfer keeps', async () => {
    const { target } = await emptyPostgres();
    await deployMigrations(target);
    await query(
      target,
      'CREATE SCHEMA reporting; CREATE TABLE reporting.t (id int); CREATE SCHEMA vatevo_transfer; CREATE TABLE vatevo_transfer.run (id int)',
    );
    expect((await migrationStatus(target)).drift).toBeUndefined();
  });

  it('cannot be told where this role may not look', async () => {
    const { target } = await emptyPostgres();
    await deployMigrations(target);
    const role = `onlooker_${target.database}`;
    await query(target, `CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
    onTestFinished(async () => {
      await query(target.with({ database: 'postgres' }), `DROP ROLE ${role}`);
    });
    await expect(migrationStatus(target.with({ user: role, password: 'pw' }))).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'permission',
    });
  });
});

describe('drift on SQLite', () => {
  it.each([
    [
      'a partial index',
      'DROP INDEX webhook_events_undelivered_idx',
      'Missing index webhook_events_undelivered_idx',
    ],
    ['a column too many', 'ALTER TABLE invoices ADD COLUMN stray TEXT', 'stray'],
    [
      'a CHECK',
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_master SET sql = replace(sql, 'CONSTRAINT "tenants_api_key_prefix_check" CHECK (length("api_key_prefix") <= 8)', 'CHECK (1)')
       WHERE name = 'tenants'`,
      'Missing constraint tenants.tenants_api_key_prefix_check',
    ],
  ])('is seen: %s', async (_, statement, name) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-drift-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const target = { kind: 'sqlite', file: path.join(folder, 'app.db') } as const;
    await deployMigrations(target);
    new Database(target.file).unsafeMode().exec(statement).close();
    expect((await migrationStatus(target)).drift).toContain(name);
  });
});
