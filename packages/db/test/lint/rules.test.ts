import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lintMigrations } from '../../src/check/lint/lint-migrations.ts';
import { RULES } from '../../src/check/lint/rules/index.ts';
import { PRISMA_FOLDER, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { broken, lint } from './support/base.ts';
import { CASES } from './support/cases.ts';

describe.each(CASES)('$rule', ({ rule, bad, safe = [] }) => {
  it(`refuses ${bad}`, async () => {
    const faults = await lint(bad);
    expect(faults.map(({ problem }) => problem.split(':')[0])).toEqual([rule]);
    const [fault] = faults;
    expect(fault?.file).toMatch(/^prisma\/postgres\/migrations\/20260102000000_m1\/migration\.sql:\d+$/);
    expect(fault?.details?.join('').length).toBeGreaterThan(40);
    expect(fault?.fix).not.toBe('');
  });

  it.each(safe)('accepts %s', async (...scripts) => {
    expect(await lint(...scripts)).toEqual([]);
  });

  it(`lets ${bad} pass when a reason stands above it`, async () => {
    // The statement that breaks the rule gets a line of its own.
    const lines = bad.split(/(?<=;) /);
    const line = Number((await lint(lines.join('\n')))[0]?.file.split(':').at(-1));
    const all = lines.join('\n').split('\n');
    const reason = 'release 1.4 was the last to need it, and the table is small';
    all.splice(line - 1, 0, `-- lint: allow ${rule} because ${reason}`);
    expect(await lint(all.join('\n'))).toEqual([]);
  });
});

it('has a case for every rule', () => {
  expect([...new Set(CASES.map(({ rule }) => rule))].sort()).toEqual(RULES.map(({ name }) => name).sort());
});

it('says of every rule in docs/migrations.md what it refuses, and of no other', async () => {
  const page = await readFile(new URL('../../../../docs/migrations.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(RULES.map(({ name }) => name).sort());
});

it('accepts the committed migrations', async () => {
  const { migrations } = prismaFiles('postgres', PRISMA_FOLDER);
  expect(await lintMigrations(await readMigrationFiles(migrations))).toEqual([]);
});

describe('what the migration itself made', () => {
  it.each([
    'CREATE INDEX i ON notes (text);',
    'ALTER TABLE notes ADD COLUMN token uuid DEFAULT gen_random_uuid(), ADD COLUMN kind int NOT NULL;',
    'ALTER TABLE notes ALTER COLUMN text SET NOT NULL, ALTER COLUMN id TYPE bigint;',
    'ALTER TABLE notes ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id), ADD CHECK (id > 0), ADD UNIQUE (text);',
    'UPDATE notes SET text = $$x$$; DELETE FROM notes; TRUNCATE notes; LOCK TABLE notes;',
    'ALTER TABLE notes RENAME COLUMN text TO body; ALTER TABLE notes RENAME TO remarks; CREATE INDEX i ON remarks (body);',
    'CREATE INDEX i ON notes (text); DROP INDEX i; ALTER TABLE notes DROP COLUMN text; DROP TABLE notes;',
    "CREATE TYPE mood AS ENUM ('good'); ALTER TYPE mood ADD VALUE 'bad'; ALTER TABLE notes ADD COLUMN m mood DEFAULT 'bad';",
    'CREATE VIEW v AS SELECT 1 AS one; DROP VIEW v;',
  ])('is exempt: %s', async (script) => {
    const create = 'CREATE TABLE notes (id int PRIMARY KEY, tenant_id int, text text);';
    expect(await broken(`${create}\n${script}`)).toEqual([]);
  });

  it('is exempt in partitions and copies as well', async () => {
    const script = `
      CREATE TABLE logs (id bigint, at date) PARTITION BY RANGE (at);
      CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE INDEX logs_at ON logs (at);
      CREATE TABLE kept AS SELECT * FROM tenants;
      CREATE INDEX kept_id ON kept (id);`;
    expect(await broken(script)).toEqual([]);
  });

  it('is no longer exempt in the next migration', async () => {
    const create = 'CREATE TABLE notes (id int PRIMARY KEY, text text);';
    expect(await broken(create, 'CREATE INDEX i ON notes (text);')).toEqual(['create-index']);
    expect(await broken(create, 'DROP TABLE notes;')).toEqual(['drop-table']);
  });

  it('does not count when it may have been there before', async () => {
    const script = 'CREATE TABLE IF NOT EXISTS invoices (id int); CREATE INDEX i ON invoices (id);';
    expect(await broken(script)).toEqual(['create-index']);
  });
});

describe('what hurts nobody', () => {
  it.each([
    'COMMENT ON TABLE invoices IS $$x$$; GRANT SELECT ON invoices TO PUBLIC; ANALYZE invoices;',
    'CREATE EXTENSION IF NOT EXISTS citext; CREATE POLICY p ON invoices USING (true);',
    'ALTER TABLE ONLY invoices ALTER COLUMN note SET DEFAULT $$x$$, ALTER COLUMN code DROP NOT NULL;',
    'ALTER TABLE invoices ALTER COLUMN note SET STATISTICS 500, SET (fillfactor = 90);',
    'ALTER TABLE invoices ADD COLUMN a int, ADD COLUMN b text NOT NULL DEFAULT upper($$x$$);',
    'CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;',
    'DROP TRIGGER touch ON invoices; ALTER SEQUENCE numbers INCREMENT BY 2; ALTER INDEX invoices_number_idx RENAME TO i;',
    "INSERT INTO tenants (name) VALUES ('x') ON CONFLICT DO NOTHING; SELECT count(*) FROM invoices;",
    "ALTER TYPE status ADD VALUE IF NOT EXISTS 'PAID' BEFORE 'SENT'; SET CONSTRAINTS ALL DEFERRED;",
    'ALTER TABLE invoices ADD CONSTRAINT c CHECK (amount > 0) NOT ENFORCED; ALTER DOMAIN positive DROP NOT NULL;',
    'ALTER TABLE invoices ENABLE ROW LEVEL SECURITY, REPLICA IDENTITY FULL, OWNER TO CURRENT_USER;',
  ])('passes: %s', async (script) => {
    expect(await broken(script)).toEqual([]);
  });
});

describe('what the linter does not know', () => {
  it('counts as there before, so a rule applies in doubt', async () => {
    expect(await broken('CREATE INDEX i ON elsewhere.things (a);')).toEqual(['create-index']);
    expect(await broken('ALTER TABLE things ALTER COLUMN a TYPE text;')).toEqual(['alter-column-type']);
    expect(await broken('ALTER TABLE things ALTER COLUMN a SET NOT NULL;')).toEqual(['set-not-null']);
    expect(await broken('ALTER TABLE invoices ADD COLUMN a int DEFAULT my_own();')).toEqual([
      'add-column-rewrite',
    ]);
  });

  it('keeps tables of the same name in two schemas apart', async () => {
    const script =
      'CREATE SCHEMA other; CREATE TABLE other.invoices (id int); CREATE INDEX i ON invoices (id);';
    expect(await broken(script)).toEqual(['create-index']);
  });
});

describe('a statement with several parts', () => {
  it('is checked part by part', async () => {
    const script = 'ALTER TABLE invoices ADD COLUMN a serial, ADD CHECK (id > 0), DROP COLUMN note;';
    expect(await broken(script)).toEqual(['add-column-rewrite', 'add-check', 'drop-column']);
  });

  it('is not checked by what the functions and rules that it makes will do', async () => {
    const script = `
      CREATE FUNCTION sweep() RETURNS void BEGIN ATOMIC DELETE FROM invoices; END;
      CREATE RULE r AS ON DELETE TO tenants DO ALSO DELETE FROM invoices;`;
    expect(await broken(script)).toEqual([]);
  });

  it('remembers what earlier migrations did to a column', async () => {
    const widen = 'ALTER TABLE invoices ALTER COLUMN number TYPE varchar(40);';
    expect(await broken(widen, 'ALTER TABLE invoices ALTER COLUMN number TYPE varchar(30);')).toEqual([
      'alter-column-type',
    ]);
  });

  it('follows a column to its new name', async () => {
    const renamed = `-- lint: allow rename because no release has ever read this column
      ALTER TABLE invoices RENAME COLUMN iban TO account;
-- lint: allow rename because no release has ever read this table
      ALTER TABLE invoices RENAME TO bills;`;
    expect(await broken(renamed, 'ALTER TABLE bills ALTER COLUMN account TYPE varchar(40);')).toEqual([
      'alter-column-type',
    ]);
    const bounded = 'UPDATE bills SET note = $$x$$ WHERE tenant_id = 1 AND id = 2;';
    expect(await broken(renamed, bounded)).toEqual([]);
  });

  it('does not take for a proof what the statement itself drops', async () => {
    const proof = [
      'ALTER TABLE invoices ADD CONSTRAINT c CHECK (number IS NOT NULL) NOT VALID;',
      'ALTER TABLE invoices VALIDATE CONSTRAINT c;',
    ];
    const together = 'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL, DROP CONSTRAINT c;';
    expect(await broken(...proof, together)).toEqual(['set-not-null']);
  });

  it('does not take a constraint for proved that is not validated', async () => {
    expect(
      await broken(
        'ALTER TABLE invoices ADD CHECK (number IS NOT NULL) NOT VALID;',
        'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL;',
      ),
    ).toEqual(['set-not-null']);
    expect(
      await broken(
        'ALTER TABLE invoices ADD CONSTRAINT c CHECK (number IS NOT NULL OR id > 0) NOT VALID;',
        'ALTER TABLE invoices VALIDATE CONSTRAINT c;',
        'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL;',
      ),
    ).toEqual(['set-not-null']);
  });
});
