import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/check/check.ts';
import { makeMigration } from '../../src/migrate/make-migration.ts';
import { recordMigrations } from '../../src/migrate/record.ts';
import { prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { PrismaFolder } from '../support/prisma-folder.ts';
import { scratchServer } from '../support/scratch.ts';

const server = scratchServer();

const INIT = '20260101000000_init';

/** The script of the newest migration. */
async function newest({ root }: PrismaFolder, kind: 'postgres' | 'sqlite'): Promise<string> {
  return (await readMigrationFiles(prismaFiles(kind, root).migrations)).at(-1)?.script ?? '';
}

describe('db:migrate', () => {
  it('has nothing to do when the schema asks for nothing', async () => {
    const folder = await PrismaFolder.copy();
    expect(await makeMigration({ name: 'nothing', empty: false }, folder.root, server)).toEqual({
      written: [],
      lost: [],
      led: [],
    });
  });

  it('makes the migrations for both databases from a changed schema, and records them', async () => {
    const folder = await PrismaFolder.copy();
    await folder.addField('Invoice', 'discount Decimal? @db.Decimal');
    await folder.addField('Tenant', 'invitedAt DateTime? @map("invited_at") @db.Timestamptz(6)');
    const { written, lost } = await makeMigration(
      { name: 'add_discount', empty: false },
      folder.root,
      server,
    );
    expect(written).toEqual([
      expect.stringMatching(/^prisma\/postgres\/migrations\/\d{14}_add_discount\/migration\.sql$/),
      expect.stringMatching(/^prisma\/sqlite\/migrations\/\d{14}_add_discount\/migration\.sql$/),
    ]);
    expect(lost).toEqual([]);
    expect(await newest(folder, 'postgres')).toContain('ADD COLUMN     "discount" DECIMAL;');
    expect(await newest(folder, 'sqlite')).toContain('ADD COLUMN "discount" DECIMAL_TEXT;');
    expect(await readFile(prismaFiles('sqlite', folder.root).schema, 'utf8')).toContain('discount');
    expect(await checkDatabase(folder.root, server)).toEqual([]);

    // Later than the one before, and older ones are as they were.
    await folder.addField('Tenant', 'city String?');
    await makeMigration({ name: 'add_city', empty: false }, folder.root, server);
    const names = (await readMigrationFiles(prismaFiles('postgres', folder.root).migrations)).map(
      ({ name }) => name,
    );
    expect(names.slice(-2).map((name) => name.slice(15))).toEqual(['add_discount', 'add_city']);
  });

  it('refuses to record, or to build upon, a migration that loses a CHECK', async () => {
    const folder = await PrismaFolder.copy();
    await makeMigration({ name: 'by_hand', empty: true }, folder.root, server);
    const files = prismaFiles('sqlite', folder.root);
    const byHand = (await readMigrationFiles(files.migrations)).at(-1);
    await folder.edit(
      folder.script('sqlite', byHand?.name ?? ''),
      () =>
        'CREATE TABLE n AS SELECT * FROM idempotency_keys; DROP TABLE idempotency_keys; ALTER TABLE n RENAME TO idempotency_keys;\n',
    );
    const before = await readFile(files.catalog, 'utf8');
    for (const work of [
      () => recordMigrations(folder.root, server),
      () => makeMigration({ name: 'next', empty: true }, folder.root, server),
    ]) {
      await expect(work()).rejects.toMatchObject({
        name: 'MigrateError',
        message: expect.stringMatching(/_by_hand\/migration\.sql.*index idempotency_keys_created_at_idx/s),
      });
    }
    expect(await readFile(files.catalog, 'utf8')).toBe(before);
  });

  it('makes an empty migration, which is written by hand and recorded', async () => {
    const folder = await PrismaFolder.copy();
    await makeMigration({ name: 'by_hand', empty: true }, folder.root, server);
    for (const kind of ['postgres', 'sqlite'] as const) {
      const entries = await readdir(prismaFiles(kind, folder.root).migrations);
      const name =
        entries
          .filter((entry) => /^\d/.test(entry))
          .sort()
          .at(-1) ?? '';
      expect(name).toMatch(/_by_hand$/);
      await folder.edit(folder.script(kind, name), () => 'CREATE INDEX by_hand ON tenants (name);\n');
    }
    expect(await checkDatabase(folder.root, server)).not.toEqual([]);
    expect(await recordMigrations(folder.root, server)).toEqual([]);
    expect(await readFile(prismaFiles('sqlite', folder.root).catalog, 'utf8')).toContain('index | by_hand');
  });

  it('records no edit of a migration that is not the newest, and no removal of one', async () => {
    const folder = await PrismaFolder.copy();
    await makeMigration({ name: 'next', empty: true }, folder.root, server);
    const before = await readFile(prismaFiles('postgres', folder.root).checksums, 'utf8');
    await folder.edit(folder.script('postgres', INIT), (text) => `${text}-- edited\n`);
    await expect(recordMigrations(folder.root, server)).rejects.toMatchObject({
      name: 'MigrateError',
      message: expect.stringContaining(`prisma/postgres/migrations/${INIT} was edited or removed`),
    });
    expect(await readFile(prismaFiles('postgres', folder.root).checksums, 'utf8')).toBe(before);
  });

  it('refuses a name that cannot be a folder’s everywhere', async () => {
    const folder = await PrismaFolder.copy();
    await expect(
      makeMigration({ name: 'Add Discount', empty: false }, folder.root, server),
    ).rejects.toMatchObject({
      name: 'MigrateError',
    });
  });
});
