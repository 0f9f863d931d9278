import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresTarget, query, shadowDatabases, type TestTarget } from './support/postgres.ts';
import { Project } from './support/project.ts';

/** The Prisma CLI takes seconds for each command: what it does alike on both databases is tried on one of them. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const AUTHOR = 'model Author {\n  id   Int    @id @default(autoincrement())\n  name String\n}\n';
const BOOK = 'model Book {\n  id    Int     @id @default(autoincrement())\n  price Decimal @db.Decimal\n}\n';

/** What the splitting of scripts at semicolons would break. */
const FUNCTION = `
  CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.name := upper(NEW.name) || ';';
    RETURN NEW;
  END $$;
  CREATE TRIGGER shout BEFORE INSERT ON "Author" FOR EACH ROW EXECUTE FUNCTION shout();`;

describe('the Prisma CLI on PostgreSQL', () => {
  let project: Project;
  let target: TestTarget;

  beforeEach(async () => {
    target = await postgresTarget();
    project = new Project('postgresql', target.url, { PGPASSWORD: target.password });
    project.schema(AUTHOR);
  });
  afterEach(async () => {
    project.remove();
    await target.database.drop();
    expect(await shadowDatabases()).toEqual([]);
  });

  async function tables(): Promise<string[]> {
    const rows = await query<{ name: string }>(
      target.database.url,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE "C"`,
    );
    return rows.map(({ name }) => name);
  }

  it.runIf(LONG)(
    'makes, applies and reports migrations, asks for a reset when the database has drifted, and resets',
    async () => {
      const first = await project.prisma(['migrate', 'dev', '--name', 'authors']);
      expect(first.output).toContain('Your database is now in sync with your schema.');
      expect(first.code).toBe(0);
      expect(await tables()).toEqual(['Author', '_prisma_migrations']);

      project.schema(AUTHOR + BOOK);
      const second = await project.prisma(['migrate', 'dev', '--name', 'books']);
      expect(second.code).toBe(0);
      const [, books] = project.migrations();
      expect(project.script(books as string)).toContain('"price" DECIMAL NOT NULL');

      const status = await project.prisma(['migrate', 'status']);
      expect(status.output).toContain('Database schema is up to date!');
      expect(status.code).toBe(0);

      await query(target.database.url, 'CREATE TABLE stray (id integer)');
      const drifted = await project.prisma(['migrate', 'dev', '--name', 'next']);
      expect(drifted.output).toContain('Drift detected');
      expect(drifted.code).toBe(130);

      const reset = await project.prisma(['migrate', 'reset', '--force']);
      expect(reset.output).toContain('Database reset successful');
      expect(reset.code).toBe(0);
      expect(await tables()).toEqual(['Author', 'Book', '_prisma_migrations']);
    },
  );

  it('applies existing migrations to an empty database and goes on in the same run, and resets it', async () => {
    await project.migration(
      '20260101000000_authors',
      `CREATE TABLE "Author" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "Author_pkey" PRIMARY KEY ("id"));${FUNCTION}`,
    );
    project.schema(AUTHOR + BOOK);
    const run = await project.prisma(['migrate', 'dev', '--name', 'books']);
    expect(run.output).toContain('Your database is now in sync with your schema.');
    expect(run.code).toBe(0);
    expect(await tables()).toEqual(['Author', 'Book', '_prisma_migrations']);
    const [, books] = project.migrations();
    expect(project.script(books as string)).toContain('"price" DECIMAL NOT NULL');

    await query(target.database.url, 'CREATE TABLE stray (id integer)');
    const reset = await project.prisma(['migrate', 'reset', '--force']);
    expect(reset.output).toContain('Database reset successful');
    expect(reset.code).toBe(0);
    expect(await tables()).toEqual(['Author', 'Book', '_prisma_migrations']);
  });

  it.runIf(LONG)('writes a migration without applying it', async () => {
    const run = await project.prisma(['migrate', 'dev', '--create-only', '--name', 'authors']);
    expect(run.code).toBe(0);
    expect(project.script(project.migrations()[0] as string)).toContain('CREATE TABLE "Author"');
    expect(await tables()).toEqual(['_prisma_migrations']);
    const status = await project.prisma(['migrate', 'status']);
    expect(status.output).toContain('have not yet been applied');
    expect(status.code).toBe(1);
  });

  it.runIf(LONG)('describes the queries of files for the client that is generated', async () => {
    await query(target.database.url, 'CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL)');
    project.schema(
      'generator client {\n  provider = "prisma-client"\n  output = "client"\n  previewFeatures = ["typedSql"]\n}\n' +
        AUTHOR,
    );
    await mkdir(path.join(project.dir, 'sql'));
    await writeFile(
      path.join(project.dir, 'sql/named.sql'),
      '-- @param {Int} $1:from?\nSELECT name, count(*) AS many FROM author WHERE id >= $1 GROUP BY name',
    );
    const run = await project.prisma(['generate', '--sql']);
    expect(run.output).toContain('Generated Prisma Client');
    expect(run.code).toBe(0);
    const generated = await readFile(path.join(project.dir, 'client/sql/named.ts'), 'utf8');
    expect(generated).toContain('(from: number | null)');
    expect(generated).toMatch(/name: string\n\s+many: bigint \| null/);
  });

  it('deploys a migration whole or not at all, and says which failed and why', async () => {
    await project.migration('20260101000000_good', 'CREATE TABLE a (id integer);');
    await project.migration(
      '20260102000000_bad',
      'CREATE TABLE b (id integer); INSERT INTO nowhere VALUES (1);',
    );
    const failed = await project.prisma(['migrate', 'deploy']);
    expect(failed.output).toContain('P3018');
    expect(failed.output).toContain('Migration name: 20260102000000_bad');
    expect(failed.output).toContain('Database error code: 42P01');
    expect(failed.output).toContain('relation "nowhere" does not exist');
    expect(failed.code).toBe(1);
    expect(await tables()).toEqual(['_prisma_migrations', 'a']);

    const again = project.engine((engine, migrations) => engine.applyMigrations(migrations));
    await expect(again).rejects.toMatchObject({ code: 'P3009' });

    await project.migration('20260102000000_bad', 'CREATE TABLE b (id integer);');
    if (LONG) {
      const resolved = await project.prisma(['migrate', 'resolve', '--rolled-back', '20260102000000_bad']);
      expect(resolved.code).toBe(0);
      const deployed = await project.prisma(['migrate', 'deploy']);
      expect(deployed.output).toContain('All migrations have been successfully applied.');
      expect(deployed.code).toBe(0);
    } else {
      await project.engine((engine) => engine.markMigrationRolledBack('20260102000000_bad'));
      const deployed = project.engine((engine, migrations) => engine.applyMigrations(migrations));
      expect(await deployed).toEqual(['20260102000000_bad']);
    }
    expect(await tables()).toEqual(['_prisma_migrations', 'a', 'b']);
  });

  it('names the migration that does not apply to a shadow database, in the server’s words', async () => {
    await project.migration(
      '20260101000000_bad',
      'CREATE TABLE b (id integer); INSERT INTO nowhere VALUES (1);',
    );
    const compared = project.engine((engine, folder) =>
      engine.diff({ kind: 'migrations', folder }, { kind: 'empty' }),
    );
    await expect(compared).rejects.toMatchObject({
      code: 'P3006',
      message: expect.stringMatching(/20260101000000_bad.*relation "nowhere" does not exist/s),
    });
  });

  it.runIf(LONG)('takes over an existing database with resolve --applied', async () => {
    await query(target.database.url, 'CREATE TABLE a (id integer)');
    await project.migration('20260101000000_baseline', 'CREATE TABLE a (id integer);');
    const unmanaged = await project.prisma(['migrate', 'deploy']);
    expect(unmanaged.output).toContain('P3005');
    const resolved = await project.prisma(['migrate', 'resolve', '--applied', '20260101000000_baseline']);
    expect(resolved.output).toContain('marked as applied');
    const status = await project.prisma(['migrate', 'status']);
    expect(status.output).toContain('Database schema is up to date!');
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
    expect((await diff('--from-migrations', 'migrations', '--to-empty')).stdout).toContain(
      '[-] Removed tables',
    );
    expect((await diff('--from-empty', '--to-schema', 'schema.prisma')).stdout).toContain('[+] Added tables');
  });

  it.runIf(LONG)('compares schema files with no server at all', async () => {
    project.configure('postgresql://nobody@127.0.0.1:1/nothing');
    const run = await project.prisma([
      'migrate',
      'diff',
      '--from-empty',
      '--to-schema',
      'schema.prisma',
      '--script',
    ]);
    expect(run.stdout).toContain('CREATE TABLE "Author"');
    expect(run.code).toBe(0);
  });

  it.runIf(LONG)('uses the shadow database that the configuration names, and leaves it there', async () => {
    const shadow = await postgresTarget();
    await query(shadow.database.url, 'CREATE TABLE left_over (id integer)');
    project.configure(target.url, shadow.url);
    const run = await project.prisma(['migrate', 'dev', '--name', 'authors']);
    expect(run.code).toBe(0);
    await shadow.database.drop();
  });

  it.runIf(LONG)('reads a schema, pushes one and runs scripts', async () => {
    const pushed = await project.prisma(['db', 'push']);
    expect(pushed.code).toBe(0);
    expect(await tables()).toEqual(['Author']);
    await query(target.database.url, 'CREATE TABLE extra (id integer PRIMARY KEY)');
    expect(await project.prisma(['db', 'pull'])).toMatchObject({ code: 0 });
    expect(project.schemaText()).toMatch(/model Author .*model extra /s);

    const file = path.join(project.dir, 'script.sql');
    writeFileSync(file, `${FUNCTION} INSERT INTO "Author" (name) VALUES ('a;b'), ('c');`);
    const executed = await project.prisma(['db', 'execute', '--file', file]);
    expect(executed.output).toContain('Script executed successfully.');
    expect(await query(target.database.url, 'SELECT name FROM "Author" ORDER BY name')).toEqual([
      { name: 'A;B;' },
      { name: 'C;' },
    ]);
    const failed = await project.prisma(['db', 'execute', '--stdin'], { input: 'SELECT * FROM nowhere' });
    expect(failed.output).toContain('relation "nowhere" does not exist');
    expect(failed.code).toBe(1);
  });
});
