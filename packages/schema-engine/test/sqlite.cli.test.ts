import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from './support/project.ts';

/** The Prisma CLI takes seconds for each command: what it does alike on both databases is tried on one of them. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const AUTHOR = 'model Author {\n  id   Int    @id @default(autoincrement())\n  name String\n}\n';
const BOOK = 'model Book {\n  id    Int    @id @default(autoincrement())\n  title String\n}\n';

describe('the Prisma CLI on SQLite', () => {
  let project: Project;
  let file: string;

  beforeEach(() => {
    project = new Project('sqlite', 'file:./app.db');
    file = path.join(project.dir, 'app.db');
    project.schema(AUTHOR);
  });
  afterEach(() => project.remove());

  function tables(): string[] {
    const database = new Database(file, { fileMustExist: true });
    const names = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
      .pluck()
      .all();
    database.close();
    return names.filter((name) => !String(name).startsWith('sqlite_')) as string[];
  }

  function execute(sql: string): void {
    const database = new Database(file, { fileMustExist: true });
    database.exec(sql);
    database.close();
  }

  it.runIf(LONG)('makes, applies and reports migrations', async () => {
    const first = await project.prisma(['migrate', 'dev', '--name', 'authors']);
    expect(first.output).toContain('Your database is now in sync with your schema.');
    expect(first.code).toBe(0);
    expect(tables()).toEqual(['Author', '_prisma_migrations']);

    project.schema(AUTHOR + BOOK);
    const second = await project.prisma(['migrate', 'dev', '--name', 'books']);
    expect(second.code).toBe(0);
    expect(project.migrations().map((name) => name.replace(/^\d+/, ''))).toEqual(['_authors', '_books']);

    const status = await project.prisma(['migrate', 'status']);
    expect(status.output).toContain('Database schema is up to date!');
    expect(status.code).toBe(0);
  });

  it.runIf(LONG)('applies existing migrations to an empty file and goes on in the same run', async () => {
    await project.migration(
      '20260101000000_authors',
      'CREATE TABLE "Author" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL); SELECT 1;',
    );
    project.schema(AUTHOR + BOOK);
    const run = await project.prisma(['migrate', 'dev', '--name', 'books']);
    expect(run.output).toContain('Your database is now in sync with your schema.');
    expect(run.code).toBe(0);
    expect(tables()).toEqual(['Author', 'Book', '_prisma_migrations']);
  });

  it.runIf(LONG)('writes a migration without applying it', async () => {
    const run = await project.prisma(['migrate', 'dev', '--create-only', '--name', 'authors']);
    expect(run.code).toBe(0);
    const [name] = project.migrations();
    expect(project.script(name as string)).toContain('CREATE TABLE "Author"');
    expect(tables()).toEqual(['_prisma_migrations']);

    const status = await project.prisma(['migrate', 'status']);
    expect(status.output).toContain('have not yet been applied');
    expect(status.code).toBe(1);
  });

  it.runIf(LONG)('asks for a reset when the database has drifted, and resets', async () => {
    await project.prisma(['migrate', 'dev', '--name', 'authors']);
    execute('CREATE TABLE stray (id INTEGER); CREATE VIEW seen AS SELECT * FROM stray;');
    const drifted = await project.prisma(['migrate', 'dev', '--name', 'next']);
    expect(drifted.output).toContain('Drift detected');
    expect(drifted.code).toBe(130);

    execute(`CREATE TRIGGER t AFTER INSERT ON "Author" BEGIN DELETE FROM stray; END`);
    const reset = await project.prisma(['migrate', 'reset', '--force']);
    expect(reset.output).toContain('Database reset successful');
    expect(reset.code).toBe(0);
    expect(tables()).toEqual(['Author', '_prisma_migrations']);
  });

  it.runIf(LONG)('deploys, and says which migration failed and why', async () => {
    await project.migration('20260101000000_good', 'CREATE TABLE a (id INTEGER);');
    await project.migration(
      '20260102000000_bad',
      'CREATE TABLE b (id INTEGER); INSERT INTO nowhere VALUES (1);',
    );
    const failed = await project.prisma(['migrate', 'deploy']);
    expect(failed.output).toContain('P3018');
    expect(failed.output).toContain('Migration name: 20260102000000_bad');
    expect(failed.output).toContain('no such table: nowhere');
    expect(failed.code).toBe(1);
    // Nothing of the migration that failed is left.
    expect(tables()).toEqual(['_prisma_migrations', 'a']);

    const refused = await project.prisma(['migrate', 'deploy']);
    expect(refused.output).toContain('P3009');
    expect(refused.code).toBe(1);
    const status = await project.prisma(['migrate', 'status']);
    expect(status.output).toContain('20260102000000_bad');
    expect(status.code).toBe(1);

    await project.migration('20260102000000_bad', 'CREATE TABLE IF NOT EXISTS b (id INTEGER);');
    const resolved = await project.prisma(['migrate', 'resolve', '--rolled-back', '20260102000000_bad']);
    expect(resolved.code).toBe(0);
    const deployed = await project.prisma(['migrate', 'deploy']);
    expect(deployed.output).toContain('All migrations have been successfully applied.');
    expect(deployed.code).toBe(0);
  });

  it('takes over an existing database with resolve --applied', async () => {
    new Database(file).exec('CREATE TABLE a (id INTEGER)').close();
    await project.migration('20260101000000_baseline', 'CREATE TABLE a (id INTEGER);');
    const unmanaged = project.engine((engine, migrations) => engine.applyMigrations(migrations));
    await expect(unmanaged).rejects.toMatchObject({ code: 'P3005' });
    const resolved = await project.prisma(['migrate', 'resolve', '--applied', '20260101000000_baseline']);
    expect(resolved.output).toContain('marked as applied');
    const history = await project.engine((engine, migrations) => engine.diagnoseMigrationHistory(migrations));
    expect(history).toEqual({ hasMigrationsTable: true, pending: [], failed: [], edited: [], unknown: [] });
  });

  it.runIf(LONG)('compares all kinds of sources', async () => {
    await project.prisma(['migrate', 'dev', '--name', 'authors']);
    const diff = (...args: string[]) => project.prisma(['migrate', 'diff', '--exit-code', ...args]);

    const same = await diff('--from-migrations', 'migrations', '--to-schema', 'schema.prisma');
    expect(same.output).toContain('No difference detected');
    expect(same.code).toBe(0);
    expect((await diff('--from-config-datasource', '--to-migrations', 'migrations')).code).toBe(0);

    project.schema(AUTHOR + BOOK);
    const differs = await diff('--from-config-datasource', '--to-schema', 'schema.prisma', '--script');
    expect(differs.stdout).toContain('CREATE TABLE "Book"');
    expect(differs.code).toBe(2);
    expect((await diff('--from-schema', 'schema.prisma', '--to-empty')).stdout).toContain(
      '[-] Removed tables',
    );
    const script = path.join(project.dir, 'out.sql');
    await diff('--from-empty', '--to-schema', 'schema.prisma', '--script', '--output', script);
    expect(existsSync(script)).toBe(true);
  });

  it('reads a schema, pushes one and runs scripts', async () => {
    const pushed = await project.prisma(['db', 'push']);
    expect(pushed.code).toBe(0);
    expect(tables()).toEqual(['Author']);
    execute('CREATE TABLE extra (id INTEGER NOT NULL PRIMARY KEY)');
    expect(await project.prisma(['db', 'pull'])).toMatchObject({ code: 0 });
    expect(project.schemaText()).toMatch(/model Author .*model extra /s);

    const script = `INSERT INTO "Author" (name) VALUES ('a;b'); INSERT INTO "Author" (name) VALUES ('c');`;
    const executed = await project.prisma(['db', 'execute', '--stdin'], { input: script });
    expect(executed.output).toContain('Script executed successfully.');
    if (!LONG) return;
    const failed = await project.prisma(['db', 'execute', '--stdin'], { input: 'SELECT * FROM nowhere' });
    expect(failed.output).toContain('no such table: nowhere');
    expect(failed.code).toBe(1);
  });

  it('reports a missing file, and a file that is no database', async () => {
    const version = () => project.engine((engine) => engine.version());
    await expect(version()).rejects.toMatchObject({ code: 'P1003' });
    expect(existsSync(file)).toBe(false);

    writeFileSync(file, 'This is a text and was never anything else. '.repeat(100));
    await expect(version()).rejects.toThrow('file is not a database');
  });
});
