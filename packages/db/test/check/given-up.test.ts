import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseConfig } from '@vatevo/connection';
import { expect, it } from 'vitest';
import { newInvoice } from '../client/support/rows.ts';
import { Release } from '../support/release.ts';
import { scratchServer } from '../support/scratch.ts';
import { emptyPostgres, query } from '../support/sql.ts';

// "Taking a column away" of docs/migrations.md, from its first step to its last, on a database in use: beside each release
// runs the client of the one before, which must not notice.

const server = scratchServer();

/** To build a release takes twelve seconds of the processor, and to check one five. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const SCHEMA = 'prisma/postgres/schema.prisma';

/** Writes a migration of which only the PostgreSQL part does something. */
async function byHand(release: Release, name: string, sql: string): Promise<void> {
  const { written } = await release.migrate({ name, empty: true }, server);
  await release.edit(written[0] ?? '', () => sql);
  await release.record(server);
}

/** What a tenant does all day, by the client of a release. */
async function use(release: Release, url: string): Promise<void> {
  const { createDbClient } = await release.client();
  const db = createDbClient({ config: parseConfig({ POSTGRES_URL: url }) });
  try {
    const apiKeyHash = randomBytes(32).toString('hex');
    const { id } = await db.registry.create({ name: 'A', apiKeyHash, apiKeyPrefix: 'a' });
    expect(await db.registry.findByKeyHash(apiKeyHash)).toMatchObject({ id });
    const tenant = db.forTenant(id);
    await tenant.createInvoice(newInvoice(), [{ eventType: 'a', payload: {} }]);
    const [invoice] = await tenant.invoices({ limit: 10 });
    await tenant.invoice(invoice?.id ?? 0);
    await db.invoice.findMany({ take: 1 });
    await db.outbox.claim({ most: 10, leaseSeconds: 1, maxAttempts: 3 });
  } finally {
    await db.close();
  }
}

// Two builds of the client: the API's test of a deployment takes a column away each time, with the client that there is.
it.runIf(LONG)('takes a column away without any release noticing', async () => {
  const { url, target } = await emptyPostgres();
  const before = await Release.copy();
  await before.deploy(target);
  await use(before, url);

  // The field is ignored: nothing is to be migrated, and the client does without.
  const ignored = await Release.copy();
  await ignored.edit(SCHEMA, (text) => text.replace('@map("pdf_url")', '@map("pdf_url") @ignore'));
  expect(await ignored.migrate({ name: 'ignore_pdf_url', empty: false }, server)).toMatchObject({
    written: [],
  });
  // Until the client is made anew, it reads the column, and that is said.
  const stale = await ignored.check(server);
  expect(stale).toMatch(
    /forTenant\(\)\.invoices\(\) will fail on PostgreSQL when invoices\.pdf_url is dropped/,
  );
  expect(stale).toMatch(/forTenant\(\)\.invoices\(\) will fail on SQLite/);
  const ignoring = await ignored.build();
  expect(await ignoring.check(server)).toBe('');
  await ignoring.deploy(target);
  await Promise.all([use(ignoring, url), use(before, url)]);

  // The field goes, and with it the column.
  const dropped = await ignoring.next();
  await dropped.edit(SCHEMA, (text) => text.replace(/^ {2}pdfUrl .*\n/m, ''));
  const made = await dropped.migrate({ name: 'drop_pdf_url', empty: false }, server);
  expect(made.written[0]).toMatch(/^prisma\/postgres\/migrations\/\d{14}_drop_pdf_url\/migration\.sql$/);
  await dropped.edit(made.written[0] ?? '', (text) =>
    text.replace(
      'ALTER TABLE',
      '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\nALTER TABLE',
    ),
  );
  await dropped.record(server);
  const without = await dropped.build();
  expect(await without.check(server)).toBe('');
  await without.deploy(target);
  await Promise.all([without, ignoring].map((release) => use(release, url)));
  expect(await query(target, `SELECT FROM pg_attribute WHERE attname = 'pdf_url'`)).toEqual([]);
});

it('names what reads a column that the schema gives up: statements, functions, views, triggers', async () => {
  const release = await Release.copy();
  await byHand(
    release,
    'readers',
    `CREATE VIEW "urls" WITH (security_invoker = true) AS SELECT "webhook_url" FROM "tenants";
CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.pdf_url := NULL; RETURN NEW; END $$;
CREATE TRIGGER "touch" BEFORE INSERT ON "invoices" FOR EACH ROW EXECUTE FUNCTION "touch"();
`,
  );
  await writeFile(
    path.join(release.folder, 'prisma/postgres/sql/urls.sql'),
    'SELECT pdf_url FROM invoices WHERE tenant_id = $1\n',
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
  await release.record(server);
  await release.migrate({ name: 'nothing', empty: false }, server);
  const found = await release.check(server);
  expect(found).toMatch(/gives tenants\.webhook_url up \(@ignore\), and the database still needs it/);
  expect(found).toMatch(/view urls depends on column webhook_url/);
  expect(found).toMatch(
    /function vatevo_tenant_by_key\(text\) no longer works: column t\.webhook_url does not exist/,
  );
  expect(found).toMatch(/function touch\(\) names pdf_url and invoices/);
  expect(found).toMatch(/registry\.create\(\) will fail on SQLite when .*tenants\.webhook_url/);
  expect(found).toMatch(
    /sql\/urls\.sql: will fail when .*invoices\.pdf_url.*column "pdf_url" does not exist/,
  );
  expect(found).not.toContain('next_attempt_at');
});

it.runIf(LONG)(
  'names a statement that fails on what the migrations make, as where a column was dropped at once',

  async () => {
    const release = await Release.copy();
    await release.edit(SCHEMA, (text) => text.replace(/^ {2}submissionId .*\n/m, ''));
    const { written } = await release.migrate({ name: 'drop_at_once', empty: false }, server);
    await release.edit(
      written[0] ?? '',
      (script) =>
        `-- lint: allow drop-column because release 1.4 ignores it and no older one runs\n${script.replace(/^-- AlterTable\n/, '')}`,
    );
    await release.record(server);
    expect(await release.check(server)).toMatch(
      /forTenant\(\)\.invoices\(\) fails on the PostgreSQL that the migrations make: .*submission_id/,
    );
  },
);
