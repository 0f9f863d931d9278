import type Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MigrateError } from '../../src/migrate/error.ts';
import { PrismaFolder } from '../support/prisma-folder.ts';
import { made, SqliteEngines } from '../support/sqlite-engines.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';

let engines: SqliteEngines;
beforeAll(async () => {
  engines = await SqliteEngines.open();
});
afterAll(() => engines.close());

const field = (model: string, line: string) => (schema: string) =>
  schema.replace(`model ${model} {\n`, `model ${model} {\n  ${line}\n`);

describe('a SQLite migration that db:migrate writes', () => {
  it('lets the CHECK follow an enum that gets a value', async () => {
    const folder = await PrismaFolder.copy();
    const script = await engines.change(folder, 'add_poland', (schema) =>
      schema.replace('  AT\n', '  AT\n  PL\n'),
    );
    expect(script).toContain(`CHECK ("country_code" IN ('DE', 'IT', 'FR', 'ES', 'NL', 'BE', 'AT', 'PL'))`);
    expect(script).toContain(`CONSTRAINT "invoices_status_check" CHECK`);
    expect(await engines.faults(folder)).toEqual([]);
  });

  it('adds a column in place where SQLite can, with the CHECK of its enum', async () => {
    const folder = await PrismaFolder.copy();
    const script = await engines.change(folder, 'add_columns', (schema) =>
      [
        field('Tenant', 'city String @default("Köln")'),
        field('Tenant', 'mode InvoiceStatus @default(DRAFT)'),
        field('Tenant', 'land CountryCode?'),
        field('Tenant', 'limit Decimal? @db.Decimal'),
      ].reduce((text, edit) => edit(text), schema),
    );
    expect(script).not.toContain('DROP TABLE');
    expect(script).toContain(`ADD COLUMN "city" TEXT NOT NULL DEFAULT 'Köln';`);
    expect(script).toContain(
      `ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'DRAFT' CONSTRAINT "tenants_mode_check" CHECK`,
    );
    expect(script).toContain(`ADD COLUMN "limit" DECIMAL_TEXT;`);
    expect(await engines.faults(folder)).toEqual([]);
  });

  it('makes a table anew with all that it had, where it must', async () => {
    const folder = await PrismaFolder.copy();
    await engines.byHand(
      folder,
      'by_hand',
      `ALTER TABLE tenants ADD COLUMN nick TEXT COLLATE NOCASE CHECK (nick <> 'it''s');
CREATE UNIQUE INDEX tenants_nick ON tenants (lower(nick)) WHERE is_active;
CREATE TABLE log (id INTEGER NOT NULL PRIMARY KEY, note TEXT);
CREATE VIEW active AS SELECT id, name FROM tenants WHERE is_active;
CREATE VIEW active_names AS SELECT name FROM active;
CREATE TRIGGER tenants_log AFTER UPDATE ON tenants BEGIN INSERT INTO log (note) VALUES (OLD.name); SELECT CASE WHEN 1 THEN 2 END; END;
CREATE TRIGGER log_tenant AFTER INSERT ON log WHEN (SELECT count(*) FROM tenants) > 1000 BEGIN DELETE FROM log; END;
`,
      (schema) =>
        `${field('Tenant', 'nick String?')(schema)}\nmodel Log {\n  id Int @id\n  note String?\n\n  @@map("log")\n}\n`,
    );
    expect(await engines.faults(folder)).toEqual([]);
    const before = await made(folder);
    await engines.change(folder, 'seen', field('Tenant', 'seen DateTime @default(now()) @db.Timestamptz(6)'));
    expect(await engines.faults(folder)).toEqual([]);
    const after = await made(folder);
    const objects = (database: Database.Database) =>
      database
        .prepare(
          `SELECT name, sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY name`,
        )
        .all();
    expect(objects(after)).toEqual(objects(before));
    const table = String(after.prepare(`SELECT sql FROM sqlite_schema WHERE name = 'tenants'`).pluck().get());
    expect(table).toContain(`COLLATE NOCASE CHECK (nick <> 'it''s')`);
    expect(table).toContain('tenants_api_key_prefix_check');
    expect(table).toContain('"seen" DATETIME NOT NULL DEFAULT');
  });

  const CHANGES: readonly [string, (schema: string) => string, RegExp][] = [
    ['a default', (s) => s.replace(/^( {2}retryCount .*)@default\(0\)/m, '$1@default(1)'), /DEFAULT 1/],
    [
      'optional to required with a default',
      (s) => s.replace(/pdfUrl( +)String\?/, 'pdfUrl$1String @default("")'),
      /UPDATE "invoices" SET "pdf_url" = '' WHERE "pdf_url" IS NULL/,
    ],
    [
      'a type',
      (s) => s.replace(/taxAmount( +)Decimal( .*) @db\.Decimal/, 'taxAmount$1String$2'),
      /"tax_amount" TEXT/,
    ],
    // An INTEGER of SQLite has 64 bits.
    ['a wider integer', (s) => s.replace(/retryCount( +)Int /, 'retryCount$1BigInt '), /^$/],
    [
      'a relation',
      (s) =>
        field(
          'WebhookEvent',
          'tenant Tenant @relation(fields: [tenantId], references: [id], onDelete: NoAction, onUpdate: NoAction)',
        )(field('Tenant', 'events WebhookEvent[]')(s)),
      /REFERENCES "tenants"/,
    ],
    [
      'a column goes',
      (s) => s.replace(/^ {2}pdfUrl .*\n/m, ''),
      /^-- AlterTable\nALTER TABLE "invoices" DROP COLUMN "pdf_url";\n$/,
    ],
    [
      'a column of an enum goes',
      (s) => s.replace(/^ {2}countryCode .*\n/m, ''),
      /RedefineTable invoices[\s\S]*DROP COLUMN "country_code"/,
    ],
    [
      'an enum to text',
      (s) => s.replace(/countryCode( +)CountryCode/, 'countryCode$1String'),
      /lint: allow drop-check/,
    ],
    [
      'text to an enum',
      (s) =>
        s
          .replace(/currency( +)String( +)@default\("EUR"\)/, 'currency$1Currency$2@default(EUR)')
          .concat('\nenum Currency {\n  EUR\n  USD @map("usd")\n}\n'),
      /CHECK \("currency" IN \('EUR', 'usd'\)\)/,
    ],
    [
      'an index',
      (s) => s.replace('  @@index([tenantId, status, id])\n', '  @@index([tenantId, externalId])\n'),
      /DROP INDEX "invoices_tenant_id_status_id_idx"[\s\S]*CREATE INDEX "invoices_tenant_id_external_id_idx"/,
    ],
    [
      'a model goes',
      (s) => s.replace(/\/\/\/ What was answered[\s\S]*$/, '').replace(/^.*IdempotencyKey.*\n/m, ''),
      /DROP TABLE "idempotency_keys"/,
    ],
    [
      'a model with an enum',
      (s) => `${s}\nmodel Extra {\n  id Int @id @default(autoincrement())\n  land CountryCode\n}\n`,
      /CREATE TABLE "Extra"[\s\S]*Extra_land_check/,
    ],
  ];
  // Tables that are made anew, that are changed in place, and that are made.
  it.each(CHANGES.filter((_, i) => LONG || i % 4 === 0))(
    'is found whole by db:check: %s',
    async (_, edit, expected) => {
      const folder = await PrismaFolder.copy();
      expect(await engines.change(folder, 'change', edit)).toMatch(expected);
      expect((await engines.faults(folder)).filter((fault) => !/fails on rows/.test(fault))).toEqual([]);
      // Nothing is left to do.
      expect(await engines.change(folder, 'again', (schema) => schema)).toBe('');
    },
  );

  it('is left to people where a CHECK reads columns of which not all stay', async () => {
    const folder = await PrismaFolder.copy();
    await engines.byHand(
      folder,
      'check',
      `CREATE TABLE "Pair" ("id" INTEGER NOT NULL PRIMARY KEY, "a" INTEGER, "b" INTEGER, CHECK ("a" < "b"));`,
      (schema) => `${schema}\nmodel Pair {\n  id Int @id\n  a Int?\n  b Int?\n}\n`,
    );
    await expect(
      engines.change(folder, 'drop_b', (schema) => schema.replace('  b Int?\n', '')),
    ).rejects.toThrow(MigrateError);
  });

  it('fails on rows, and is told to, where an enum loses a value that rows have', async () => {
    const folder = await PrismaFolder.copy();
    await engines.change(folder, 'no_austria', (schema) => schema.replace('  AT\n', ''));
    expect(await engines.faults(folder)).toEqual([
      expect.stringMatching(
        /fails on rows that the schema before it allows: CHECK constraint failed: invoices_country_code_check/,
      ),
    ]);
  });
});
