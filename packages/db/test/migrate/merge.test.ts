import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/check/check.ts';
import { readChecksums } from '../../src/check/checksums.ts';
import { describeFault } from '../../src/check/fault.ts';
import { makeMigration } from '../../src/migrate/make-migration.ts';
import { recordMigrations } from '../../src/migrate/record.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { PrismaFolder } from '../support/prisma-folder.ts';
import { scratchServer } from '../support/scratch.ts';

const server = scratchServer();

const KINDS: readonly DatabaseKind[] = ['postgres', 'sqlite'];

/** A column on the one branch; on the other an enum's value, for which SQLite makes the same table anew. */
const addNote = (schema: string) =>
  schema.replace('model Invoice {\n', 'model Invoice {\n  note String @default("none")\n');
const addPoland = (schema: string) => schema.replace('  AT\n', '  AT\n  PL\n');

/** A branch with a migration that the tool has made, later than that of `after`. */
async function branch(name: string, edit: (schema: string) => string, time: string): Promise<PrismaFolder> {
  const folder = await PrismaFolder.copy();
  await folder.edit(prismaFiles('postgres', folder.root).schema, edit);
  await makeMigration({ name, empty: false }, folder.root, server);
  // At the time at which it was made there.
  for (const kind of KINDS) {
    const { migrations, checksums } = prismaFiles(kind, folder.root);
    const made = (await readMigrationFiles(migrations)).at(-1)?.name ?? '';
    await cp(path.join(migrations, made), path.join(migrations, `${time}_${name}`), { recursive: true });
    await rm(path.join(migrations, made), { recursive: true });
    await folder.edit(checksums, (text) => text.replace(made, `${time}_${name}`));
  }
  return folder;
}

/** What version control makes of it: both sides' migrations and lines of checksums, one side's catalog. */
async function merge(into: PrismaFolder, from: PrismaFolder): Promise<void> {
  for (const kind of KINDS) {
    const [ours, theirs] = [prismaFiles(kind, into.root), prismaFiles(kind, from.root)];
    const lines = new Map([
      ...(await readChecksums(ours.checksums)),
      ...(await readChecksums(theirs.checksums)),
    ]);
    await cp(theirs.migrations, ours.migrations, { recursive: true });
    await writeFile(ours.checksums, JSON.stringify(Object.fromEntries([...lines].sort())));
  }
  await into.edit(prismaFiles('postgres', into.root).schema, (schema) =>
    addNote(addPoland(schema))
      .replace(/( {2}note .*\n)\1/, '$1')
      .replace(/( {2}PL\n)\1/, '$1'),
  );
  const { schema } = prismaFiles('sqlite', into.root);
  const { deriveSqliteSchema } = await import('../../src/schema/derive-sqlite.ts');
  await writeFile(
    schema,
    deriveSqliteSchema(await readFile(prismaFiles('postgres', into.root).schema, 'utf8')),
  );
}

const faultsOf = async ({ root }: PrismaFolder) => (await checkDatabase(root, server)).map(describeFault);

describe('two branches that are merged', () => {
  it('are refused where the later one makes a table anew without the other’s column, and pass when it is made anew', async () => {
    const notes = await branch('add_note', addNote, '20270101000001');
    const poland = await branch('add_poland', addPoland, '20270101000002');
    await merge(notes, poland);
    const files = prismaFiles('sqlite', notes.root);
    const before = await readFile(files.catalog, 'utf8');

    const [first = '', ...others] = await faultsOf(notes);
    expect(first).toMatch(/20270101000002_add_poland.*loses column invoices\.note/s);
    // Nothing beside it advises to record or to build upon it.
    expect(others.filter((fault) => fault.includes('/sqlite/'))).toEqual([]);
    // The tool does not bury it, whichever of its ways is taken.
    await expect(recordMigrations(notes.root, server)).rejects.toThrow(/loses column invoices\.note/);
    await expect(makeMigration({ name: 'add_note_again', empty: false }, notes.root, server)).rejects.toThrow(
      /loses column invoices\.note/,
    );
    expect(await readFile(files.catalog, 'utf8')).toBe(before);

    // What the message says.
    const [, folder = ''] = /delete the folder (\S+)/.exec(first) ?? [];
    const [, name = ''] = /pnpm db:migrate --name (\w+)/.exec(first) ?? [];
    expect([path.basename(folder), name]).toEqual(['20270101000002_add_poland', 'add_poland']);
    await rm(path.join(files.migrations, path.basename(folder)), { recursive: true });
    await notes.edit(files.checksums, (text) => text.replace(/,"20270101000002_add_poland":"\w+"/, ''));
    const { written } = await makeMigration({ name, empty: false }, notes.root, server);
    // Under the name that it has for PostgreSQL.
    expect(written).toEqual(['prisma/sqlite/migrations/20270101000002_add_poland/migration.sql']);
    expect(await faultsOf(notes)).toEqual([]);

    const database = new Database(':memory:');
    database.pragma('foreign_keys = OFF');
    const scripts = (await readMigrationFiles(files.migrations)).map(({ script }) => script);
    for (const script of scripts.slice(0, -1)) database.exec(script);
    database.exec(`INSERT INTO invoices (external_id, tenant_id, country_code, invoice_number, issue_date, subtotal,
      tax_amount, total_amount, supplier_data, customer_data, line_items, note)
      VALUES ('e', 1, 'DE', 'n', '', '1.00', '0', '1', '{}', '{}', '[]', 'kept')`);
    for (const script of scripts.slice(-1)) database.exec(script);
    expect(database.prepare('SELECT note, subtotal FROM invoices').raw().all()).toEqual([['kept', '1.00']]);
    database.exec(`UPDATE invoices SET country_code = 'PL'`);
    expect(() => database.exec(`UPDATE invoices SET country_code = 'XX'`)).toThrow(/CHECK/);
  });

  it.runIf(process.env.VATEVO_TEST_LONG === '1')(
    'pass with --record where the later one only adds',
    async () => {
      const notes = await branch('add_note', addNote, '20270101000002');
      const poland = await branch('add_poland', addPoland, '20270101000001');
      await merge(notes, poland);
      const faults = await faultsOf(notes);
      expect(faults.join('\n')).toContain('pnpm db:migrate --record');
      await recordMigrations(notes.root, server);
      expect(await faultsOf(notes)).toEqual([]);
    },
  );
});
