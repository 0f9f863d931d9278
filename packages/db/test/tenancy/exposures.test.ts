import { readFile } from 'node:fs/promises';
import { connect, parsePostgresUrl } from '@vatevo/connection';
import type { TestDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prismaFiles } from '../../src/migrations/folder.ts';
import { readExposures } from '../../src/tenancy/exposures.ts';
import { readModels } from '../../src/tenancy/models.ts';
import { readTenancy } from '../../src/tenancy/rules.ts';
import { preparedDatabase, query } from '../support/sql.ts';

/** A database that the migrations made, and a table beside it that a model knows. */
let base: TestDatabase;
let schema: string;

const NOTE = `
model Note {
  id       Int     @default(autoincrement())
  tenantId Int     @map("tenant_id")
  title    String
  invoice  Invoice @relation(fields: [tenantId, invoiceId], references: [tenantId, id], onDelete: NoAction, onUpdate: NoAction)
  invoiceId BigInt @map("invoice_id")

  @@id([tenantId, id])
  @@map("notes")
}
`;

const OWN = `"tenant_id" = NULLIF(current_setting('vatevo.tenant_id', true), '')::integer`;

const NOTES = `
  CREATE TABLE notes (
    id serial, tenant_id int NOT NULL, title text NOT NULL, invoice_id bigint NOT NULL, PRIMARY KEY (tenant_id, id),
    CONSTRAINT notes_invoice_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
  );
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY notes_own ON notes USING (${OWN});`;

beforeAll(async () => {
  base = await preparedDatabase();
  await query(parsePostgresUrl(base.url), NOTES);
  const committed = await readFile(prismaFiles('postgres').schema, 'utf8');
  schema =
    committed.replace(
      '  webhookEvents WebhookEvent[]\n',
      '  webhookEvents WebhookEvent[]\n  notes Note[]\n',
    ) + NOTE;
});
afterAll(() => base.drop());

/** What is found after some statements, which are rolled back: a line each. */
async function found(
  statements: string,
  change: (schema: string) => string = (text) => text,
): Promise<string[]> {
  const text = change(schema);
  const { faults, ...rules } = readTenancy(readModels(text), text);
  const client = await connect(parsePostgresUrl(base.url));
  try {
    await client.query(`BEGIN; ${statements}`);
    return [...faults, ...(await readExposures(client, rules))].map(({ problem }) => problem);
  } finally {
    await client.end();
  }
}

const above = (line: string) => (text: string) => text.replace('model Note {', `/// ${line}\nmodel Note {`);

describe('the catalog of a database', () => {
  it('holds nothing by which a tenant sees another, as it is committed', async () => {
    expect(await found('')).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'row security is off',
      'ALTER TABLE notes DISABLE ROW LEVEL SECURITY',
      /^table notes has no row-level security/,
    ],
    ['the policy is gone', 'DROP POLICY notes_own ON notes', /^table notes has no policy/],
    [
      'the policy lets everything pass',
      'ALTER POLICY notes_own ON notes USING (true)',
      /^policy notes_own of notes is not the tenant's policy: USING \(true\)/,
    ],
    [
      'the policy lets rows of other tenants in',
      'ALTER POLICY notes_own ON notes WITH CHECK (true)',
      /^policy notes_own of notes is not .* WITH CHECK \(true\)/,
    ],
    [
      'a second policy opens the table',
      'CREATE POLICY support ON notes FOR SELECT USING (title IS NOT NULL)',
      /^policy support of notes is not/,
    ],
    [
      'the policy is of some commands only',
      `DROP POLICY notes_own ON notes; CREATE POLICY notes_own ON notes FOR SELECT USING (${OWN})`,
      /^policy notes_own of notes is not/,
    ],
    [
      'the policy compares another column',
      'ALTER POLICY notes_own ON notes USING (invoice_id = current_setting($$vatevo.tenant_id$$)::int)',
      /^policy notes_own of notes is not/,
    ],
    ['PUBLIC may read', 'GRANT SELECT ON notes TO PUBLIC', /^PUBLIC has SELECT on notes/],
    [
      'the role may read a secret',
      'GRANT SELECT (api_key_hash) ON tenants TO vatevo_app',
      /^vatevo_app has SELECT \(api_key_hash\) on tenants/,
    ],
    [
      'the role may read all columns',
      'GRANT SELECT ON tenants TO vatevo_app',
      /^vatevo_app has SELECT on tenants/,
    ],
    [
      'the role may truncate',
      'GRANT TRUNCATE ON invoices TO vatevo_app',
      /^vatevo_app has TRUNCATE on invoices/,
    ],
    [
      'the role may read the history',
      'GRANT SELECT ON _prisma_migrations TO vatevo_app',
      /^vatevo_app has SELECT on _prisma_migrations/,
    ],
    [
      'the role may read how far ids have come',
      'GRANT SELECT ON SEQUENCE notes_id_seq TO vatevo_app',
      /^vatevo_app has SELECT on notes_id_seq/,
    ],
    [
      'what is made next is open',
      'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
      /^default privileges give PUBLIC SELECT/,
    ],
    [
      'everybody may make things',
      'GRANT CREATE ON SCHEMA public TO PUBLIC',
      /^PUBLIC may make things in schema public/,
    ],
    ['a table has no model', 'CREATE TABLE drafts (id int)', /^table drafts is known to no model/],
    [
      'a table of another schema has no model',
      'CREATE SCHEMA other; CREATE TABLE other.notes (id int)',
      /^table other.notes is known to no model/,
    ],
    [
      'a table inherits the rows of one',
      'CREATE TABLE archive () INHERITS (notes)',
      /^table archive is known to no model/,
    ],
    [
      'a view asks as its owner',
      'CREATE VIEW all_notes AS SELECT * FROM notes',
      /^view all_notes reads with its owner/,
    ],
    [
      'a view over such a view asks as its owner',
      `CREATE VIEW safe WITH (security_invoker = true) AS SELECT * FROM notes;
       CREATE VIEW unsafe WITH (security_invoker = false) AS SELECT * FROM safe`,
      /^view unsafe reads with its owner/,
    ],
    [
      'a materialized view keeps rows',
      'CREATE MATERIALIZED VIEW kept AS SELECT * FROM notes',
      /^materialized view kept is known to no model/,
    ],
    [
      'a rule writes as the owner',
      'CREATE RULE log AS ON INSERT TO notes DO ALSO UPDATE invoices SET retry_count = 1',
      /^rule log of notes/,
    ],
    [
      'everybody may call a function of the owner',
      `CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT count(*) FROM public.notes'`,
      /^function peek\(\) is SECURITY DEFINER, and everybody may call it/,
    ],
    [
      'the role may call a function of the owner',
      `CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT count(*) FROM public.notes';
       REVOKE ALL ON FUNCTION peek() FROM PUBLIC; GRANT EXECUTE ON FUNCTION peek() TO vatevo_app`,
      /^function peek\(\) is SECURITY DEFINER: a tenant's statements reach all rows/,
    ],
    [
      'a trigger runs with the owner’s rights',
      `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS 'BEGIN RETURN NEW; END';
       REVOKE ALL ON FUNCTION touch() FROM PUBLIC;
       CREATE TRIGGER touch BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION touch()`,
      /^function touch\(\) is SECURITY DEFINER: a tenant's/,
    ],
    [
      'a function of the owner lets its caller choose what names mean',
      'ALTER FUNCTION vatevo_tenant_by_key(text) RESET search_path',
      /^function vatevo_tenant_by_key\(text\) is SECURITY DEFINER without a search_path/,
    ],
    [
      'a function sees rows before their policy',
      `CREATE FUNCTION spy(text) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true'`,
      /^function spy\(text\) is LEAKPROOF/,
    ],
    [
      'the role owns a table',
      'GRANT CREATE ON SCHEMA public TO vatevo_app; ALTER TABLE notes OWNER TO vatevo_app; REVOKE CREATE ON SCHEMA public FROM vatevo_app',
      /^notes belongs to vatevo_app/,
    ],
    [
      'a unique key is of all tenants',
      'CREATE UNIQUE INDEX notes_title ON notes (title)',
      /^unique key notes_title of notes does not begin with the tenant/,
    ],
    [
      'a unique key has the tenant in the wrong place',
      'CREATE UNIQUE INDEX notes_title ON notes (title, tenant_id)',
      /^unique key notes_title/,
    ],
    [
      'a unique key is computed',
      'CREATE UNIQUE INDEX notes_title ON notes (lower(title), tenant_id)',
      /^unique key notes_title/,
    ],
    [
      'the primary key is of the id alone',
      'ALTER TABLE notes DROP CONSTRAINT notes_pkey; ALTER TABLE notes ADD PRIMARY KEY (id)',
      /^unique key notes_pkey/,
    ],
    [
      'an exclusion constraint is of all tenants',
      'ALTER TABLE notes ADD CONSTRAINT one EXCLUDE USING btree (title WITH =)',
      /^exclusion constraint one/,
    ],
    [
      'a foreign key leaves the tenant out',
      `ALTER TABLE notes DROP CONSTRAINT notes_invoice_fkey;
       CREATE UNIQUE INDEX id_alone ON invoices (id);
       ALTER TABLE notes ADD CONSTRAINT notes_invoice_fkey FOREIGN KEY (invoice_id) REFERENCES invoices (id)`,
      /^foreign key notes.notes_invoice_fkey of notes does not begin with the tenant/,
    ],
    [
      'a row may name another tenant',
      'ALTER TABLE notes ADD other int REFERENCES tenants (id)',
      /^foreign key notes.notes_other_fkey/,
    ],
  ])('is refused where %s', async (_, statements, problem) => {
    expect(await found(statements)).toContainEqual(expect.stringMatching(problem));
  });

  it.each<[string, string, string?]>([
    ['a policy that takes away', `CREATE POLICY mine ON notes AS RESTRICTIVE USING (title <> '')`],
    ['a policy that says twice what the tenant may', `ALTER POLICY notes_own ON notes WITH CHECK (${OWN})`],
    [
      'a view with the rights of who asks',
      'CREATE VIEW v WITH (security_invoker = on) AS SELECT * FROM notes',
    ],
    ['an index that is no key', 'CREATE INDEX notes_title ON notes (title)'],
    ['a function with the rights of who calls', `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`],
    [
      'a key with a reason',
      'CREATE UNIQUE INDEX notes_title ON notes (title)',
      '@exempt notes_title because titles are drawn at random and tell nothing',
    ],
    [
      'a foreign key with a reason',
      'ALTER TABLE notes ADD other int REFERENCES tenants (id)',
      '@exempt notes.notes_other_fkey because tenants are shown to each other by number',
    ],
    [
      'a table with a reason',
      'CREATE TABLE rates (id int)',
      '@exempt rates because exchange rates are the same for everybody',
    ],
    [
      'a table with a reason and a right',
      'CREATE TABLE rates (id int); GRANT SELECT ON rates TO vatevo_app',
      '@grant SELECT ON rates because exchange rates are the same for everybody',
    ],
    [
      'a materialized view that nobody but the owner reads',
      'CREATE MATERIALIZED VIEW kept AS SELECT * FROM notes',
      '@exempt kept because only the nightly report of the owner reads it',
    ],
    [
      'a trigger with a reason',
      `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS 'BEGIN RETURN NEW; END';
       REVOKE ALL ON FUNCTION touch() FROM PUBLIC;
       CREATE TRIGGER touch BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION touch()`,
      '@exempt touch() because it writes no row but the one at hand',
    ],
    ['what an extension brings', 'CREATE EXTENSION pg_stat_statements'],
  ])('takes %s', async (_, statements, line) => {
    expect(await found(statements, line === undefined ? undefined : above(line))).toEqual([]);
  });

  it('takes a table in parts, and refuses a right on one of them', async () => {
    const parts = `
      DROP TABLE notes; ${NOTES.replace(/\);\s*ALTER/, ') PARTITION BY HASH (tenant_id); ALTER').replace('id serial', 'id int')}
      CREATE TABLE notes_0 PARTITION OF notes FOR VALUES WITH (MODULUS 1, REMAINDER 0);`;
    expect(await found(parts)).toEqual([]);
    expect(await found(`${parts} GRANT SELECT ON notes_0 TO vatevo_app`)).toEqual([
      expect.stringMatching(/^vatevo_app has SELECT on notes_0/),
    ]);
  });

  it('names an exemption of something that is not there', async () => {
    const line = above('@exempt nowhere because it was there in an earlier release');
    expect(await found('', line)).toEqual([expect.stringMatching(/^names nowhere in an annotation/)]);
  });
});
