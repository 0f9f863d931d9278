import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@vatevo/connection';
import { expect, it } from 'vitest';
import type { DbClient } from '../../src/index.ts';
import { lintWritten } from '../../src/migrate/lint-written.ts';
import { newInvoice, newTenant } from '../client/support/rows.ts';
import { Release } from '../support/release.ts';
import { scratchServer } from '../support/scratch.ts';
import { emptyPostgres } from '../support/sql.ts';

// "Changing the database" of CONTRIBUTING.md, step by step, with a model as somebody writes it who thinks of no tenant
// but the field, and then as tenant A at the rows of B. Beside it one as `pnpm new:model` writes it, with its own test.

const LONG = process.env.VATEVO_TEST_LONG === '1';

const server = scratchServer();
const workspace = fileURLToPath(new URL('../../../..', import.meta.url));

/** What `pnpm new:model` does before it makes the migrations; a field of each type. */
async function newModel(root: string): Promise<readonly string[]> {
  const { newModel } = await import(path.join(workspace, 'scripts/lib/new/model.mjs'));
  const fields = [
    'amount:Decimal',
    'reason:String?',
    'dueAt:DateTime',
    'paid:Boolean',
    'lines:Json',
    'pages:Int',
  ];
  return newModel(root, ['CreditNote', ...fields, 'country:CountryCode']).files;
}

/** Runs a test that was written for the release. */
async function runTest(release: Release, file: string): Promise<string> {
  const root = path.join(release.folder, '../..');
  for (const entry of ['vitest.shared.ts', 'vitest.temporary.ts']) {
    await cp(path.join(workspace, entry), path.join(root, entry));
  }
  for (const entry of ['vitest.config.ts', 'test/client/support']) {
    const to = path.join(release.folder, entry);
    await cp(path.join(workspace, 'packages/db', entry), to, { recursive: true });
  }
  const vitest = path.join(workspace, 'node_modules/vitest/vitest.mjs');
  const { code, stdout, stderr } = await release.node([vitest, 'run', file]);
  return code === 0 ? '' : stdout + stderr;
}

const MODEL = `
model Note {
  id        Int     @id @default(autoincrement())
  tenantId  Int     @map("tenant_id")
  code      String  @unique
  invoiceId BigInt? @map("invoice_id")
  body      String
  invoice   Invoice? @relation(fields: [invoiceId], references: [id])

  @@map("notes")
}
`;

/** The client of the release that has the model. */
interface Notes {
  create(query: { data: Record<string, unknown> }): Promise<{ id: number; tenantId: number }>;
  findMany(query?: object): Promise<{ tenantId: number; body: string }[]>;
  updateMany(query: object): Promise<{ count: number }>;
  deleteMany(query?: object): Promise<{ count: number }>;
  upsert(query: object): Promise<unknown>;
}
const notesOf = (models: unknown) => (models as { note: Notes }).note;

it('keeps the rows of a new model apart, when it is made as CONTRIBUTING says', async () => {
  const changed = await Release.copy();
  const { url, target } = await emptyPostgres();
  // Tables that are in use already.
  await changed.deploy(target);

  const generated = await newModel(path.join(changed.folder, '../..'));
  // 1. Change the schema.
  await changed.edit(
    'prisma/postgres/schema.prisma',
    (text) =>
      text.replace(
        '  webhookEvents WebhookEvent[]\n',
        '  webhookEvents WebhookEvent[]\n  notes         Note[]\n',
      ) + MODEL,
  );
  // 2. Make the migrations.
  const { written, led } = await changed.migrate({ name: 'add_notes', empty: false }, server);
  expect(led).toContainEqual(expect.stringContaining('@id of id became @@id([tenantId, id])'));
  expect(await lintWritten(written, path.join(changed.folder, 'prisma'))).toEqual([]);
  expect(await readFile(`${changed.folder}/prisma/postgres/grants.sql`, 'utf8')).toContain(
    'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "public"."notes" TO vatevo_app;',
  );
  const release = await changed.build();
  // 3. Check, and deploy.
  expect(await release.check(server)).toBe('');
  const ownTest = generated.find((file) => file.endsWith('.test.ts')) ?? '';
  expect(await runTest(changed, path.relative('packages/db', ownTest))).toBe('');
  expect(await release.deploy(target)).toHaveLength(1);

  const { createDbClient } = await release.client();
  const db = createDbClient({ config: parseConfig({ POSTGRES_URL: url }) }) as unknown as DbClient;
  try {
    const [mine, theirs] = [await newTenant(db), await newTenant(db)];
    const myInvoice = (await db.forTenant(mine).createInvoice(newInvoice())).id;
    const theirInvoice = (await db.forTenant(theirs).createInvoice(newInvoice())).id;
    const as = <T>(tenant: number, work: (notes: Notes) => Promise<T>) =>
      db.forTenant(tenant).transaction((models) => work(notesOf(models)));
    const note = (tenantId: number, code: string, more = {}) => ({
      data: { tenantId, code, body: code, ...more },
    });
    await as(theirs, (notes) => notes.create(note(theirs, 'secret', { invoiceId: theirInvoice })));
    await as(mine, (notes) => notes.create(note(mine, 'plain', { invoiceId: myInvoice })));

    // Read.
    expect(await as(mine, (notes) => notes.findMany())).toMatchObject([{ tenantId: mine, body: 'plain' }]);
    expect(await as(mine, (notes) => notes.findMany({ where: { tenantId: theirs } }))).toEqual([]);
    // Write.
    expect(await as(mine, (notes) => notes.updateMany({ data: { body: 'x' } }))).toEqual({ count: 1 });
    expect(await as(mine, (notes) => notes.deleteMany({ where: { tenantId: theirs } }))).toEqual({
      count: 0,
    });
    await expect(as(mine, (notes) => notes.create(note(theirs, 'planted')))).rejects.toThrow(
      /row-level security/,
    );
    await expect(
      as(mine, (notes) => notes.updateMany({ where: { tenantId: mine }, data: { tenantId: theirs } })),
    ).rejects.toThrow(/row-level security/);
    // Learn: neither does a key tell what another tenant has, nor can a row point to it.
    await as(mine, (notes) => notes.create(note(mine, 'secret')));
    await expect(
      as(mine, (notes) => notes.create(note(mine, 'pointing', { invoiceId: theirInvoice }))),
    ).rejects.toThrow(/[Ff]oreign key/);
    expect(await notesOf(db).findMany({ where: { tenantId: theirs } })).toMatchObject([{ body: 'secret' }]);
    // Its own rows are all its own.
    expect(await as(mine, (notes) => notes.deleteMany())).toEqual({ count: 2 });
  } finally {
    await db.close();
  }
});

it('refuses a model without a tenant before it writes anything', async () => {
  const release = await Release.copy();
  await release.edit(
    'prisma/postgres/schema.prisma',
    (text) => `${text}\nmodel Rate {\n  id Int @id\n  value String\n}\n`,
  );
  const make = () => release.migrate({ name: 'add_rates', empty: false }, server);
  await expect(make()).rejects.toMatchObject({
    name: 'MigrateError',
    message: expect.stringMatching(/model Rate has no tenant.*\/\/\/ @exempt because REASON/s),
  });

  // What the message recommends works.
  await release.edit('prisma/postgres/schema.prisma', (text) =>
    text.replace(
      'model Rate {',
      '/// @exempt because exchange rates are the same for everybody\n/// @grant SELECT\nmodel Rate {',
    ),
  );
  await make();
  if (LONG) expect(await release.check(server)).toBe('');
});

it.runIf(LONG)(
  'refuses what a later migration opens, the role’s own doings included',

  async () => {
    const release = await Release.copy();
    const { written } = await release.migrate({ name: 'weaken', empty: true }, server);
    await release.edit(written[0] ?? '', () =>
      [
        'ALTER POLICY "invoices_own" ON "invoices" USING (true);',
        'GRANT SELECT ON "tenants" TO vatevo_app;',
        'ALTER ROLE vatevo_app BYPASSRLS;',
        'GRANT pg_read_all_data TO vatevo_app;',
        `ALTER ROLE vatevo_app SET vatevo.tenant_id = '1';`,
        '',
      ].join('\n'),
    );
    await release.record(server);
    const found = await release.check(server);
    for (const problem of [
      `_weaken/migration.sql:2: grants a right to vatevo_app`,
      'policy invoices_own of invoices is not the tenant',
      'vatevo_app has SELECT on tenants',
      'role vatevo_app is BYPASSRLS',
      'role vatevo_app is a member of pg_read_all_data',
      'vatevo.tenant_id=1 is set for a role or a database',
    ]) {
      expect(found).toContain(problem);
    }
  },
);
