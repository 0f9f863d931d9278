import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/check/check.ts';
import { checkQueries } from '../../src/check/check-queries.ts';
import { writeChecksums } from '../../src/check/checksums.ts';
import { describeFault } from '../../src/check/fault.ts';
import { withScratch } from '../../src/check/scratch.ts';
import { recordMigrations } from '../../src/migrate/record.ts';
import { PRISMA_FOLDER, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { PrismaFolder } from '../support/prisma-folder.ts';
import { scratchServer } from '../support/scratch.ts';

const server = scratchServer();

const INIT = '20260101000000_init';

/** Every fault as it is printed. */
async function faultsOf(folder: PrismaFolder): Promise<string[]> {
  return (await checkDatabase(folder.root, server)).map(describeFault);
}

/** Records the checksums alone, as somebody might who knows too much. */
async function recordChecksums(folder: PrismaFolder, kind: 'postgres' | 'sqlite'): Promise<void> {
  const files = prismaFiles(kind, folder.root);
  await writeChecksums(files.checksums, await readMigrationFiles(files.migrations));
}

/** A migration of SQLite that does nothing. */
async function addCounterpart(folder: PrismaFolder, name: string): Promise<void> {
  const script = folder.script('sqlite', name);
  await mkdir(path.dirname(script));
  await writeFile(script, '-- Nothing.\n');
}

describe('db:check', () => {
  it('finds nothing wrong with what is committed', async () => {
    expect(await checkDatabase(PRISMA_FOLDER, server)).toEqual([]);
  });

  it('names the field that was added to a model without a migration, on both databases', async () => {
    const folder = await PrismaFolder.copy();
    await folder.addField('Invoice', 'purchaseOrder String? @map("purchase_order")');
    await folder.edit(prismaFiles('sqlite', folder.root).schema, (text) =>
      text.replace('model Invoice {\n', 'model Invoice {\n  purchaseOrder String? @map("purchase_order")\n'),
    );
    const faults = await faultsOf(folder);
    expect(faults).toEqual([
      expect.stringMatching(/^✗ prisma\/models\.md: .*\+ String purchase_order.*pnpm db:erd/s),
      expect.stringMatching(
        /^✗ prisma\/postgres\/schema\.prisma: .*they lack:.*`purchase_order`.*db:migrate/s,
      ),
      expect.stringMatching(/^✗ prisma\/sqlite\/schema\.prisma: .*they lack:.*purchase_order/s),
    ]);
  });

  it('finds a derived schema that is not current', async () => {
    const folder = await PrismaFolder.copy();
    await folder.edit(prismaFiles('sqlite', folder.root).schema, (text) =>
      text.replace(/^ {2}currency .*\n/m, ''),
    );
    const [stale] = await faultsOf(folder);
    expect(stale).toMatch(
      /^✗ prisma\/sqlite\/schema\.prisma: is not what prisma\/postgres\/schema\.prisma gives/,
    );
    expect(stale).toMatch(/\+ currency/);
    expect(stale).toContain('pnpm db:migrate --name');
  });

  it('finds a migration that was edited, and one that was removed', async () => {
    const folder = await PrismaFolder.copy();
    await folder.edit(folder.script('postgres', INIT), (text) => `${text}\n-- an afterthought\n`);
    await rm(path.dirname(folder.script('sqlite', INIT)), { recursive: true });
    const faults = await faultsOf(folder);
    expect(faults).toContainEqual(
      expect.stringMatching(
        /^✗ prisma\/postgres\/migrations\/20260101000000_init\/migration\.sql: was edited/,
      ),
    );
    expect(faults).toContainEqual(
      expect.stringMatching(
        /^✗ prisma\/sqlite\/migrations\/20260101000000_init: is recorded .*and not there/,
      ),
    );
  });

  it('finds a migration that comes before recorded ones, one that is not recorded, and a bad name', async () => {
    const folder = await PrismaFolder.copy();
    const { migrations } = prismaFiles('postgres', folder.root);
    for (const name of ['20250101000000_early', '20990101000000_late', 'no_time']) {
      await cp(path.join(migrations, INIT), path.join(migrations, name), { recursive: true });
      await writeFile(path.join(migrations, name, 'migration.sql'), 'SELECT 1;\n');
      await addCounterpart(folder, name);
    }
    const faults = (await faultsOf(folder)).filter((fault) => fault.includes('prisma/postgres'));
    expect(faults).toEqual([
      expect.stringMatching(/20250101000000_early\/.*comes before migrations that are recorded/),
      expect.stringMatching(/20990101000000_late\/.*is not recorded.*db:migrate --record/s),
      expect.stringMatching(/no_time\/.*does not begin with the time/),
    ]);
  });

  it('finds a migration that only one of the databases has', async () => {
    const folder = await PrismaFolder.copy();
    const alone = folder.script('postgres', '20990101000000_alone');
    await mkdir(path.dirname(alone));
    await writeFile(alone, '-- Nothing.\n');
    await recordChecksums(folder, 'postgres');
    const missing = expect.stringMatching(
      /postgres\/migrations\/20990101000000_alone\/.*has no migration of its name in prisma\/sqlite.*--record/s,
    );
    expect(await faultsOf(folder)).toEqual([missing]);
  });

  it('finds a migration that does not apply, in the database’s words', async () => {
    const folder = await PrismaFolder.copy();
    await folder.edit(folder.script('postgres', INIT), (text) => `${text}INSERT INTO nowhere VALUES (1);\n`);
    await folder.edit(folder.script('sqlite', INIT), (text) => `${text}INSERT INTO nowhere VALUES (1);\n`);
    await recordChecksums(folder, 'postgres');
    await recordChecksums(folder, 'sqlite');
    expect(await faultsOf(folder)).toEqual([
      expect.stringMatching(/does not apply to an empty database.*relation "nowhere" does not exist/s),
      expect.stringMatching(/does not apply to an empty database.*no such table: nowhere/s),
    ]);
  });

  it('finds a schema that cannot be read', async () => {
    const folder = await PrismaFolder.copy();
    await folder.addField('Invoice', 'nonsense Nonsense');
    const faults = await faultsOf(folder);
    expect(faults).toContainEqual(
      expect.stringMatching(/^✗ prisma\/postgres\/schema\.prisma: cannot be read.*Nonsense/s),
    );
  });

  it('finds that the migrations no longer make a CHECK and a partial index', async () => {
    const folder = await PrismaFolder.copy();
    await folder.edit(folder.script('postgres', INIT), (sql) =>
      sql.replace(/,\n {4}ADD CONSTRAINT "tenants_api_key_prefix_check".*;/, ';'),
    );
    await folder.edit(folder.script('postgres', '20261128102554_webhooks_due_by_tenant'), (sql) =>
      sql.replace(/CREATE INDEX .*;/, ''),
    );
    await folder.edit(folder.script('sqlite', INIT), (sql) =>
      sql
        .replace(/,\n.*"tenants_api_key_prefix_check".*\n/, '\n')
        .replace(/CREATE INDEX "webhook_events_due_idx".*;/, ''),
    );
    for (const kind of ['postgres', 'sqlite'] as const) await recordChecksums(folder, kind);
    const lost = {
      postgres: [
        'constraint | tenants.tenants_api_key_prefix_check',
        'index | webhook_events.webhook_events_tenant_due_idx',
      ],
      sqlite: ['CONSTRAINT "tenants_api_key_prefix_check"', 'index | webhook_events_due_idx'],
    };
    const faults = await faultsOf(folder);
    expect(faults).toHaveLength(2);
    for (const [kind, lines] of Object.entries(lost)) {
      const fault = faults.find((each) => each.includes(`✗ prisma/${kind}/catalog.snapshot.txt`));
      expect(fault).toContain('records another catalog');
      for (const line of lines) expect(fault).toContain(`- ${line}`);
    }
  });

  it('finds a catalog that was never recorded, and a lock file of another database', async () => {
    const folder = await PrismaFolder.copy();
    const files = prismaFiles('sqlite', folder.root);
    await rm(files.catalog);
    await rename(
      path.join(prismaFiles('postgres', folder.root).migrations, 'migration_lock.toml'),
      path.join(files.migrations, 'migration_lock.toml'),
    );
    const faults = await faultsOf(folder);
    expect(faults).toContainEqual(expect.stringContaining('does not say provider = "sqlite"'));
    expect(faults).toContainEqual(expect.stringContaining('does not say provider = "postgresql"'));
  });

  it('finds a SQLite column that would lose digits', async () => {
    const folder = await PrismaFolder.copy();
    await folder.edit(folder.script('sqlite', INIT), (text) => text.replace('DECIMAL_TEXT', 'DECIMAL'));
    await recordChecksums(folder, 'sqlite');
    expect(await faultsOf(folder)).toContainEqual(expect.stringContaining('loses digits of amounts'));
  });

  it('finds a query that cannot be used, and types of queries that are not current', async () => {
    const folder = await PrismaFolder.copy();
    const files = prismaFiles('postgres', folder.root);
    await withScratch(
      (scratch) =>
        scratch.inspect(files.migrations, async (_, target) => {
          const queryFaults = async () => (await checkQueries(files, target)).map(describeFault);
          await writeFile(path.join(files.queries, 'wrong.sql'), 'SELECT nothing FROM invoices');
          await writeFile(path.join(files.queries, 'no-name.sql'), 'SELECT 1 AS one');
          expect(await queryFaults()).toEqual([
            expect.stringMatching(/sql\/no-name\.sql: cannot be used: .* no name of a function/),
            expect.stringMatching(/sql\/wrong\.sql: cannot be used: .*column "nothing" does not exist/),
          ]);
          await rm(path.join(files.queries, 'no-name.sql'));
          const record = () => recordMigrations(folder.root, server);
          await expect(record()).rejects.toThrow(/wrong\.sql cannot be used.*"nothing"/);
          await writeFile(
            path.join(files.queries, 'wrong.sql'),
            'SELECT id FROM invoices WHERE tenant_id = $1',
          );
          expect(await queryFaults()).toEqual([
            expect.stringMatching(
              /sql\/types\.json: is not what PostgreSQL says.*\+ "wrong": \{.*pnpm db:migrate --record/s,
            ),
          ]);
          await record();
          expect(await queryFaults()).toEqual([]);
        }),
      server,
    );
  });

  it('says what to do when the checksums were left half merged', async () => {
    const folder = await PrismaFolder.copy();
    const { checksums } = prismaFiles('postgres', folder.root);
    await writeFile(checksums, `<<<<<<< ours\n${await readFile(checksums, 'utf8')}`);
    await expect(checkDatabase(folder.root, server)).rejects.toMatchObject({
      name: 'MigrateError',
      message: expect.stringContaining('restore it from version control'),
    });
  });
});
