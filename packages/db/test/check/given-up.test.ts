import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parsePostgresUrl } from '@vatevo/connection';
import { expect, it } from 'vitest';
import { newInvoice } from '../client/support/rows.ts';
import { Release } from '../support/release.ts';
import { emptyPostgres, query } from '../support/sql.ts';

// "Taking a column away" of docs/migrations.md, from its first step to its last, on a database in use: beside each release
// runs the client of the one before, which must not notice.

/** Each starts a server for every command; that is minutes on a machine with other things to do. */
const WAITS = { timeout: 900_000 };

const SCHEMA = 'prisma/postgres/schema.prisma';

/** Writes a migration of which only the PostgreSQL part does something. */
async function byHand(release: Release, name: string, sql: string): Promise<void> {
  const made = await release.run(['migrate', '--name', name, '--empty']);
  const file = /prisma\/postgres\/migrations\/\d{14}_\w+\/migration\.sql/.exec(made.stdout)?.[0] ?? '';
  await writeFile(path.join(release.folder, file), sql);
  const recorded = await release.run(['migrate', '--record']);
  expect(recorded, recorded.stderr).toMatchObject({ code: 0 });
}

async function expectGreen(release: Release): Promise<void> {
  const { code, stderr } = await release.run(['check']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** What a tenant does all day, by the client of a release. */
async function use(release: Release, url: string): Promise<void> {
  const script = `
    const { createDbClient } = await import(process.argv[1]);
    const db = createDbClient();
    const hash = crypto.randomUUID().replaceAll('-', '').repeat(2);
    const { id } = await db.registry.create({ name: 'A', apiKeyHash: hash, apiKeyPrefix: 'a' });
    const found = await db.registry.findByKeyHash(hash);
    const tenant = db.forTenant(id);
    await tenant.createInvoice(${JSON.stringify(newInvoice())}, [{ eventType: 'a', payload: {} }]);
    const [invoice] = await tenant.invoices({ limit: 10 });
    await tenant.invoice(invoice.id);
    await db.invoice.findMany({ take: 1 });
    await db.outbox.claim({ most: 10, leaseSeconds: 1, maxAttempts: 3 });
    await db.close();
    if (found.id !== id) throw new Error('another tenant');`;
  const { code, stderr } = await release.node(
    ['--input-type=module', '-e', script, '--', `file://${release.folder}/dist/index.js`],
    {
      POSTGRES_URL: url,
    },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

it('takes a column away without any release noticing', WAITS, async () => {
  const { url } = await emptyPostgres();
  const env = { POSTGRES_URL: url };
  const deploy = async (release: Release) => {
    const deployed = await release.run(['deploy'], env);
    expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
  };
  const before = await Release.copy();
  await deploy(before);
  await use(before, url);

  // The field is ignored: nothing is to be migrated, and the client does without.
  const ignoring = await Release.copy();
  await ignoring.edit(SCHEMA, (text) => text.replace('@map("pdf_url")', '@map("pdf_url") @ignore'));
  const nothing = await ignoring.run(['migrate', '--name', 'ignore_pdf_url']);
  expect(nothing.stdout).toContain('nothing to do');
  // Until the client is made anew, it reads the column, and that is said.
  const stale = await ignoring.run(['check']);
  expect(stale.code).toBe(4);
  expect(stale.stderr).toMatch(
    /forTenant\(\)\.invoices\(\) will fail on PostgreSQL when invoices\.pdf_url is dropped/,
  );
  expect(stale.stderr).toMatch(/forTenant\(\)\.invoices\(\) will fail on SQLite/);
  const built = await ignoring.build();
  expect(built, built.stdout).toMatchObject({ code: 0 });
  await expectGreen(ignoring);
  await deploy(ignoring);
  await Promise.all([use(ignoring, url), use(before, url)]);

  // The field goes, and with it the column.
  const without = await ignoring.next();
  await without.edit(SCHEMA, (text) => text.replace(/^ {2}pdfUrl .*\n/m, ''));
  const made = await without.run(['migrate', '--name', 'drop_pdf_url']);
  const file =
    /prisma\/postgres\/migrations\/\d{14}_drop_pdf_url\/migration\.sql/.exec(made.stdout)?.[0] ?? '';
  await without.edit(file, (text) =>
    text.replace(
      'ALTER TABLE',
      '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\nALTER TABLE',
    ),
  );
  await without.run(['migrate', '--record']);
  expect(await without.build()).toMatchObject({ code: 0 });
  await expectGreen(without);
  await deploy(without);
  await Promise.all([use(without, url), use(ignoring, url)]);
  const columns = await query(parsePostgresUrl(url), `SELECT FROM pg_attribute WHERE attname = 'pdf_url'`);
  expect(columns).toEqual([]);
});

it(
  'names what reads a column that the schema gives up: statements, functions, views, triggers',
  WAITS,
  async () => {
    const release = await Release.copy();
    await byHand(
      release,
      'readers',
      `CREATE VIEW "urls" WITH (security_invoker = true) AS SELECT "webhook_url" FROM "tenants";
CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.pdf_url := NULL; RETURN NEW; END $$;
CREATE TRIGGER "touch" BEFORE INSERT ON "invoices" FOR EACH ROW EXECUTE FUNCTION "touch"();
`,
    );
    await release.edit(SCHEMA, (text) =>
      text
        .replace('@map("webhook_url")', '@map("webhook_url") @ignore')
        .replace('@map("pdf_url")', '@map("pdf_url") @ignore')
        .replace(
          '  nextAttemptAt    DateTime? @default(now()) @map("next_attempt_at")',
          '  /// @kept because the outbox alone asks for it\n  nextAttemptAt    DateTime? @default(now()) @ignore @map("next_attempt_at")',
        ),
    );
    await release.run(['migrate', '--record']);
    await release.run(['migrate', '--name', 'nothing']);
    const { code, stderr } = await release.run(['check']);
    expect(code).toBe(4);
    expect(stderr).toMatch(/gives tenants\.webhook_url up \(@ignore\), and the database still needs it/);
    expect(stderr).toMatch(/view urls depends on column webhook_url/);
    expect(stderr).toMatch(
      /function vatevo_tenant_by_key\(text\) no longer works: column t\.webhook_url does not exist/,
    );
    expect(stderr).toMatch(/function touch\(\) names pdf_url and invoices/);
    expect(stderr).toMatch(/registry\.create\(\) will fail on SQLite when .*tenants\.webhook_url/);
    expect(stderr).not.toContain('next_attempt_at');
  },
);

it.runIf(process.env.VATEVO_TEST_LONG === '1')(
  'names a statement that fails on what the migrations make, as where a column was dropped at once',
  WAITS,
  async () => {
    const release = await Release.copy();
    await release.edit(SCHEMA, (text) => text.replace(/^ {2}submissionId .*\n/m, ''));
    const made = await release.run(['migrate', '--name', 'drop_at_once']);
    const file =
      /prisma\/postgres\/migrations\/\d{14}_drop_at_once\/migration\.sql/.exec(made.stdout)?.[0] ?? '';
    const script = await readFile(path.join(release.folder, file), 'utf8');
    await writeFile(
      path.join(release.folder, file),
      `-- lint: allow drop-column because release 1.4 ignores it and no older one runs\n${script.replace(/^-- AlterTable\n/, '')}`,
    );
    await release.run(['migrate', '--record']);
    const { code, stderr } = await release.run(['check']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /forTenant\(\)\.invoices\(\) fails on the PostgreSQL that the migrations make: .*submission_id/,
    );
  },
);
