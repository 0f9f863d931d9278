import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parsePostgresUrl } from '@vatevo/connection';
import { DEBIAN_POSTGRES, hasDebianPostgres, startDebianPostgres } from '@vatevo/test-kit/debian';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deployMigrations, migrationStatus } from '../../src/migrations/index.ts';
import { compareHistory } from '../../src/migrations/status.ts';
import { preparedPostgres, query } from '../support/sql.ts';

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
      'a CHECK missing',
      'ALTER TABLE tenants DROP CONSTRAINT tenants_api_key_prefix_check',
      '[-] Missing constraint tenants.tenants_api_key_prefix_check',
    ],
    [
      'a CHECK of the same name',
      'ALTER TABLE tenants DROP CONSTRAINT tenants_api_key_prefix_check, ADD CONSTRAINT tenants_api_key_prefix_check CHECK (true)',
      '[*] Changed constraint tenants.tenants_api_key_prefix_check: CHECK (true) instead of CHECK ((char_length(api_key_prefix) <= 8))',
    ],
    [
      'a CHECK not proven',
      'ALTER TABLE tenants DROP CONSTRAINT tenants_api_key_prefix_check, ADD CONSTRAINT tenants_api_key_prefix_check CHECK (char_length(api_key_prefix) <= 8) NOT VALID',
      'NOT VALID instead of',
    ],
    [
      'a constraint too many',
      'ALTER TABLE tenants ADD CONSTRAINT few CHECK (id < 100)',
      '[+] Unknown constraint tenants.few: CHECK ((id < 100))',
    ],
    [
      'a foreign key missing',
      'ALTER TABLE invoices DROP CONSTRAINT invoices_tenant_id_fkey',
      '[-] Missing constraint invoices.invoices_tenant_id_fkey',
    ],
    [
      'a foreign key that deletes',
      'ALTER TABLE invoices DROP CONSTRAINT invoices_tenant_id_fkey, ADD CONSTRAINT invoices_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE',
      'ON DELETE CASCADE instead of FOREIGN KEY (tenant_id)',
    ],
    [
      'a partial index missing',
      'DROP INDEX webhook_events_failed_idx',
      '[-] Missing index webhook_events.webhook_events_failed_idx',
    ],
    [
      'an index of the same name',
      'DROP INDEX webhook_events_failed_idx; CREATE INDEX webhook_events_failed_idx ON webhook_events (id)',
      '[*] Changed index webhook_events.webhook_events_failed_idx: ',
    ],
    ['an index too many', 'CREATE INDEX stray ON invoices (currency)', '[+] Unknown index invoices.stray: '],
    ['a column missing', 'ALTER TABLE invoices DROP COLUMN pdf_url', '[-] Missing column invoices.pdf_url'],
    [
      'a column too many',
      'ALTER TABLE invoices ADD COLUMN stray text',
      '[+] Unknown column invoices.stray: text',
    ],
    [
      'a type',
      'ALTER TABLE invoices ALTER currency TYPE varchar(3)',
      `[*] Changed column invoices.currency: character varying(3) NOT NULL DEFAULT 'EUR'::text instead of text NOT NULL DEFAULT 'EUR'::text`,
    ],
    [
      'a NOT NULL',
      'ALTER TABLE invoices ALTER currency DROP NOT NULL',
      `[*] Changed column invoices.currency: text DEFAULT 'EUR'::text instead of`,
    ],
    ['a default', `ALTER TABLE invoices ALTER currency SET DEFAULT 'USD'`, `DEFAULT 'USD'::text instead of`],
    ['a value of an enum', `ALTER TYPE "CountryCode" ADD VALUE 'PL'`, '[*] Changed enum "CountryCode": '],
    ['a sequence', 'ALTER SEQUENCE invoices_id_seq INCREMENT 2', '[*] Changed sequence invoices_id_seq: '],
    ['a table missing', 'DROP TABLE webhook_events', '[-] Missing table webhook_events'],
    ['a table too many', 'CREATE TABLE stray (id int)', '[+] Unknown table stray'],
    [
      'row level security switched off',
      'ALTER TABLE invoices DISABLE ROW LEVEL SECURITY',
      '[*] Changed table invoices: plain instead of ROW LEVEL SECURITY',
    ],
    ['a policy missing', 'DROP POLICY invoices_own ON invoices', '[-] Missing policy invoices.invoices_own'],
    [
      'a policy that lets all pass',
      'ALTER POLICY invoices_own ON invoices USING (true)',
      '[*] Changed policy invoices.invoices_own: PERMISSIVE FOR ALL TO PUBLIC USING (true) instead of',
    ],
    [
      'a policy too many',
      'CREATE POLICY peek ON invoices USING (true)',
      '[+] Unknown policy invoices.peek: PERMISSIVE FOR ALL TO PUBLIC USING (true)',
    ],
    [
      'the body of a function',
      `CREATE OR REPLACE FUNCTION vatevo_forget_idempotency_keys(before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT'`,
      '[*] Changed function vatevo_forget_idempotency_keys(timestamp with time zone)',
    ],
    [
      'the rights of a function',
      'ALTER FUNCTION vatevo_tenant_by_key SECURITY INVOKER',
      '[*] Changed function vatevo_tenant_by_key(text)',
    ],
    [
      'a trigger too many',
      `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER swallow BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION f()`,
      '[+] Unknown trigger invoices.swallow: ',
    ],
    [
      'a rule too many',
      'CREATE RULE swallow AS ON INSERT TO invoices DO INSTEAD NOTHING',
      '[+] Unknown rule invoices.swallow',
    ],
  ])('is seen, and nothing else: %s', async (_, statement, line) => {
    const { target } = await preparedPostgres();
    await query(target, statement);
    const { drift = '' } = await migrationStatus(target);
    expect(drift).toContain(line);
    // A table that is missing takes its parts along.
    if (!line.includes('Missing table')) expect(drift.split('\n')).toHaveLength(1);
    expect((await migrationStatus(target, { skipDrift: true })).drift).toBeUndefined();
  });

  it('is not what others keep beside our tables, in schemas of their own, or what operators tune and grant', async () => {
    const { target } = await preparedPostgres();
    await query(
      target,
      `CREATE SCHEMA reporting; CREATE TABLE reporting.t (id int PRIMARY KEY); CREATE SCHEMA invoices; CREATE TABLE invoices.t (id int);
       CREATE SCHEMA vatevo_transfer; CREATE TABLE vatevo_transfer.run (id int);
       CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements;
       CREATE VIEW totals AS SELECT currency, sum(total_amount) FROM invoices GROUP BY currency;
       CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE STATISTICS st ON currency, country_code FROM invoices;
       ALTER TABLE webhook_events SET (autovacuum_vacuum_scale_factor = 0.01);
       ALTER INDEX webhook_events_failed_idx SET (fillfactor = 70);
       GRANT SELECT ON invoices TO PUBLIC;
       CREATE SCHEMA vatevo_cutover;
       CREATE FUNCTION vatevo_cutover.log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER vatevo_cutover_log AFTER INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION vatevo_cutover.log()`,
    );
    expect((await migrationStatus(target)).drift).toBeUndefined();
  });

  it.runIf(hasDebianPostgres)(
    `is nothing that an older server prints otherwise (needs ${DEBIAN_POSTGRES})`,
    async () => {
      const server = await startDebianPostgres();
      onTestFinished(() => server.dispose());
      const target = parsePostgresUrl(server.url());
      await deployMigrations(target);
      expect((await migrationStatus(target)).drift).toBeUndefined();
    },
  );

  it('cannot be told where this role may not look', async () => {
    const { target } = await preparedPostgres();
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
    ['a partial index', 'DROP INDEX webhook_events_due_idx', 'Missing index webhook_events_due_idx'],
    ['a column too many', 'ALTER TABLE invoices ADD COLUMN stray TEXT', 'stray'],
    [
      'a CHECK',
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_master SET sql = replace(sql, 'CONSTRAINT "tenants_api_key_prefix_check" CHECK (length("api_key_prefix") <= 8)', 'CHECK (1)')
       WHERE name = 'tenants'`,
      'Missing constraint tenants.tenants_api_key_prefix_check',
    ],
    [
      'a CHECK of the same name',
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_master SET sql = replace(sql, '("api_key_prefix") <= 8)', '("api_key_prefix") <= 9)')
       WHERE name = 'tenants'`,
      'Changed constraint tenants.tenants_api_key_prefix_check: CHECK (length ( api_key_prefix ) <= 9) instead of',
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
