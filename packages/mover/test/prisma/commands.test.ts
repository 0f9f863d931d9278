import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCurrentSchema } from '../../src/prisma/current-schema.ts';
import { putInPlace } from '../../src/prisma/put-in-place.ts';
import { call, type Outcome } from './support/call.ts';
import { prisma } from './support/cli.ts';
import { makeProject, type TestProject } from './support/project.ts';

let project: TestProject;
let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  project.remove();
  await database.drop();
});

const SINGLE = { name: 'blog', schema: 'prisma/schema.prisma' } as const;
const FOLDER = { name: 'shop', schema: 'prisma/schema' } as const;

/** Runs the command on the project. */
function move(schema: string, ...given: (string | Record<string, string>)[]): Promise<Outcome> {
  const options = given.filter((one) => typeof one === 'string');
  return call(['prisma', '--schema', schema, '--source', 'dev.db', ...options], {
    INIT_CWD: project.folder,
    POSTGRES_URL: database.url,
    ...Object.assign({}, ...given.filter((one) => typeof one !== 'string')),
  });
}

function inSource(sql: string): void {
  const db = new Database(project.source);
  db.exec(sql);
  db.close();
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const relations = async () =>
  (
    await query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`,
    )
  ).map(({ relname }) => relname);

const readText = (...parts: string[]) => readFileSync(project.path(...parts), 'utf8');

/** Everything in a folder, by path. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map((file) => join(file.parentPath, file.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

it('moves without changing a file, and puts the new ones in place when it is told to', async () => {
  project = await makeProject(SINGLE);
  inSource(`INSERT INTO User (email, updatedAt) VALUES ('ada@example.org', 1714558830123)`);
  const before = contents(project.folder);
  const alone = await call(
    ['prisma', '--schema', 'prisma/schema.prisma', '--source', 'dev.db', '--files-only'],
    { INIT_CWD: project.folder },
  );
  expect(alone, alone.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(contents(project.folder)).toMatchObject(before);
  expect(alone.stdout).toContain('-  provider = "sqlite"\n  +  provider = "postgresql"\n');
  const written = contents(project.path('prisma/postgresql'));
  expect(Object.keys(written).toSorted()).toEqual([
    'migrations/0_init/migration.sql',
    'migrations/migration_lock.toml',
    'move.json',
    'schema.prisma',
  ]);
  expect(await relations()).toEqual([]);

  const moved = await move('prisma/schema.prisma', '--json');
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(contents(project.folder)).toMatchObject(before);
  expect(contents(project.path('prisma/postgresql'))).toEqual(written);
  expect(JSON.parse(moved.stdout)).toMatchObject({
    command: 'prisma',
    prisma: { isInPlace: false, schema: project.path('prisma/postgresql/schema.prisma') },
    transfer: { outcome: 'transferred' },
  });
  const script = written['migrations/0_init/migration.sql'] ?? '';
  expect(
    await query('SELECT migration_name, checksum, finished_at IS NOT NULL AS done FROM _prisma_migrations'),
  ).toEqual([
    { migration_name: '0_init', checksum: createHash('sha256').update(script).digest('hex'), done: true },
  ]);

  const verified = await call(['verify', '--source', 'dev.db', '--mapping', 'prisma/postgresql/move.json'], {
    INIT_CWD: project.folder,
    POSTGRES_URL: database.url,
  });
  expect(verified, verified.stderr).toMatchObject({ code: 0 });

  const placed = await move('prisma/schema.prisma', '--write');
  expect(placed, placed.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(placed.stdout).toContain('Nothing to do: dev.db was transferred and verified before.');
  expect(readText('prisma/schema.prisma')).toBe(written['schema.prisma']);
  expect(contents(project.path('prisma/migrations'))).toEqual({
    '0_init/migration.sql': script,
    'migration_lock.toml': written['migrations/migration_lock.toml'],
  });
  expect(contents(project.path('prisma/sqlite'))).toEqual(
    Object.fromEntries(
      Object.entries(before)
        .filter(([path]) => path.startsWith('prisma/'))
        .map(([path, text]) => [path.slice('prisma/'.length), text]),
    ),
  );
  // What was written for the move is not needed any more.
  rmSync(project.path('prisma/postgresql'), { recursive: true });
  const again = await move('prisma/schema.prisma');
  expect(again, again.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain('Nothing to do');

  // Nor does what the application makes of it later matter.
  const path = project.path('prisma/schema.prisma');
  const later = readText('prisma/schema.prisma').replace('  email ', '  nick String?\n  email ');
  await query('ALTER TABLE "User" ADD COLUMN nick text');
  writeFileSync(path, later);
  const afterwards = await move('prisma/schema.prisma');
  expect(afterwards, afterwards.stderr).toMatchObject({ code: 0, stderr: '' });

  const config = { schema: 'prisma/schema.prisma', url: database.url };
  const status = await prisma(project, config, ['migrate', 'status']);
  expect(status).toMatchObject({
    code: 0,
    output: expect.stringContaining('Database schema is up to date!'),
  });
});

it('refuses what the schema does not know, by name', async () => {
  project = await makeProject(SINGLE);
  inSource(`
    CREATE TABLE Drafts (id INTEGER PRIMARY KEY); INSERT INTO Drafts VALUES (1);
    CREATE TRIGGER touch AFTER INSERT ON Post BEGIN UPDATE Post SET views = 1; END;
    CREATE VIEW authors AS SELECT email FROM User;
    CREATE UNIQUE INDEX one_admin ON User (role) WHERE role = 'admin';`);
  const refused = await move('prisma/schema.prisma');
  expect(refused).toMatchObject({ code: 5 });
  for (const name of ['trigger touch', 'view authors: CREATE VIEW', 'index one_admin']) {
    expect(refused.stderr).toContain(name);
  }
  const waivers = ['touch', 'authors', 'one_admin'].flatMap((name) => ['--leave-behind', name]);
  expect(refused.stderr).toContain(`stays behind: ${waivers.join(' ')}.`);
  const table = await move('prisma/schema.prisma', ...waivers);
  expect(table).toMatchObject({ code: 5 });
  expect(table.stderr).toContain('--leave-behind Drafts');
  expect(await relations()).toEqual([]);
  // What PostgreSQL is to have instead.
  appendFileSync(
    project.path('prisma/postgresql/migrations/0_init/migration.sql'),
    `\nCREATE VIEW authors AS SELECT email FROM "User";\n`,
  );
  const moved = await move('prisma/schema.prisma', ...waivers, '--leave-behind', 'Drafts');
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(await relations()).toContain('authors');
});

it('moves a schema of Prisma 6 with views, types that Prisma does not know, and relations of its own', async () => {
  project = await makeProject({ name: 'places', schema: 'prisma/schema.prisma' });
  inSource(`
    INSERT INTO Owner VALUES (1);
    INSERT INTO Place (id, name, spot, ownerId) VALUES (1, 'here', '(1.5,-2)', 1), (2, 'nobody''s', NULL, 99);
    CREATE VIEW PlaceName AS SELECT id, name FROM Place;`);
  const refused = await move('prisma/schema.prisma');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--leave-behind PlaceName') });
  const written = await move('prisma/schema.prisma', '--leave-behind', 'PlaceName', '--files-only');
  expect(written, written.stderr).toMatchObject({ code: 0 });
  appendFileSync(
    project.path('prisma/postgresql/migrations/0_init/migration.sql'),
    `\nCREATE VIEW "PlaceName" AS SELECT id, name FROM "Place";\n`,
  );
  const moved = await move('prisma/schema.prisma', '--leave-behind', 'PlaceName');
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  // The application keeps its relations itself, so a row may point to none.
  expect(await query('SELECT id, spot::text, area::text, "ownerId" FROM "Place" ORDER BY id')).toEqual([
    { id: 1, spot: '(1.5,-2)', area: null, ownerId: 1 },
    { id: 2, spot: null, area: null, ownerId: 99 },
  ]);
  expect(await query('SELECT name FROM "PlaceName" WHERE id = 1')).toEqual([{ name: 'here' }]);
  expect(readText('prisma/postgresql/schema.prisma')).toContain('relationMode = "prisma"');
});

it('asks for a decision in the schema where no type or default of PostgreSQL does', async () => {
  project = await makeProject(SINGLE);
  const path = project.path('prisma/schema.prisma');
  const text = readText('prisma/schema.prisma');
  writeFileSync(
    path,
    text.replace(
      '  title    String',
      `  title    String\n  size Int? // bytes\n  code String? @default(dbgenerated("(lower(hex(randomblob(4))))"))\n  labels String?`,
    ),
  );
  inSource(`
    ALTER TABLE Post ADD COLUMN size INTEGER; ALTER TABLE Post ADD COLUMN code TEXT; ALTER TABLE Post ADD COLUMN labels TEXT;
    INSERT INTO User (id, email, updatedAt) VALUES (1, 'a', 0);
    INSERT INTO Post (title, authorId, size, labels) VALUES ('x', 1, 3000000000, '["a","b"]');`);
  const refused = await move('prisma/schema.prisma');
  expect(refused, refused.stderr).toMatchObject({ code: 5 });
  expect(refused.stderr).toContain('Post.size (Post.size):');
  expect(refused.stderr).toContain('Post.code: the default (lower(hex(randomblob(4))))');
  const derived = project.path('prisma/postgresql/schema.prisma');
  const edited = readFileSync(derived, 'utf8')
    .replace(/size +Int\?/, 'size BigInt? @map("bytes")')
    .replace('(lower(hex(randomblob(4))))', 'md5((random())::text)')
    .replace(/labels +String\?/, 'labels String[]');
  writeFileSync(derived, edited);
  const moved = await move('prisma/schema.prisma');
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(await query('SELECT bytes, code, labels FROM "Post"')).toEqual([
    { bytes: '3000000000', code: null, labels: ['a', 'b'] },
  ]);
});

it('fills tables that the application deployed itself, and no others', async () => {
  project = await makeProject(FOLDER);
  await query('CREATE TABLE theirs (id int)');
  const inTheWay = await move('prisma/schema');
  expect(inTheWay).toMatchObject({ code: 4 });
  expect(inTheWay.stderr).toContain('[-] Removed tables\n    - theirs');
  const shop = await move('prisma/schema', '--schema-name', 'shop');
  expect(shop, shop.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(await query('SELECT migration_name FROM shop._prisma_migrations')).toHaveLength(1);
  expect(await relations()).toEqual(['theirs']);
  await query('DROP TABLE theirs; DROP SCHEMA vatevo_transfer CASCADE');
  await query(readText('prisma/schema-postgresql/migrations/0_init/migration.sql'));
  const filled = await move('prisma/schema');
  expect(filled, filled.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(filled.stdout).toContain('Create the tables: found as migrations made them');
});

it('says which right a role lacks, and moves when it is granted', async () => {
  project = await makeProject(SINGLE);
  const { pathname } = new URL(database.url);
  const role = `prisma_${pathname.slice(1)}`;
  await query(`CREATE ROLE "${role}" LOGIN PASSWORD 'p'`);
  const url = Object.assign(new URL(database.url), { username: role, password: 'p' }).href;
  try {
    const refused = await move('prisma/schema.prisma', '--url-env', 'OTHER_URL', { OTHER_URL: url });
    expect(refused, refused.stderr).toMatchObject({ code: 4 });
    expect(refused.stderr).not.toContain('Change the schema');
    const grants = refused.stderr.match(/GRANT [^;]+;/g) ?? [];
    expect(grants).toHaveLength(2);
    for (const grant of grants) await query(grant);
    const moved = await move('prisma/schema.prisma', '--url-env', 'OTHER_URL', { OTHER_URL: url });
    expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  } finally {
    await query(`DROP OWNED BY "${role}" CASCADE; DROP ROLE "${role}"`);
  }
});

it('says what is wrong before anything is moved', async () => {
  project = await makeProject(SINGLE);
  const missing = await move('prisma/no.prisma');
  expect(missing).toMatchObject({ code: 2 });
  const text = readText('prisma/schema.prisma');
  writeFileSync(project.path('prisma/other.prisma'), text.replace('"sqlite"', '"mysql"'));
  expect((await move('prisma/other.prisma')).stderr).toContain('only a schema for sqlite can be moved');
  writeFileSync(
    project.path('prisma/other.prisma'),
    text.replace('Role      @default', 'Roll      @default'),
  );
  const broken = await move('prisma/other.prisma');
  expect(broken).toMatchObject({ code: 4 });
  expect(broken.stderr).toContain('Type "Roll" is neither a built-in type');
  inSource('ALTER TABLE Post DROP COLUMN rating; DROP TABLE _PostToTag');
  const older = await move('prisma/schema.prisma');
  expect(older).toMatchObject({ code: 4 });
  expect(older.stderr).toContain('it lacks the table _PostToTag, the column Post.rating');
  expect(existsSync(project.path('prisma/postgresql'))).toBe(false);
});

it('goes on where the files were half in place', async () => {
  project = await makeProject(FOLDER);
  const written = await move('prisma/schema', '--files-only');
  expect(written, written.stderr).toMatchObject({ code: 0, stderr: '' });
  const start = `${project.folder}.start`;
  cpSync(project.folder, start, { recursive: true });
  const path = project.path('prisma/schema');
  const place = () => {
    const current = readCurrentSchema(path, { out: undefined, migrations: undefined });
    if (current.inPlace) return;
    const files = current.sqlite.map(
      ([name]) => [name, readFileSync(join(current.project.out, name), 'utf8')] as const,
    );
    putInPlace(current.project, { ...current.disk, files: current.sqlite }, files);
  };
  place();
  const end = contents(project.folder);
  const half: Record<string, string[]> = {
    'when the schema was copied': ['prisma/schema-sqlite/main.prisma', 'prisma/schema-sqlite/models'],
    'when the migrations had been moved away': ['prisma/schema-sqlite'],
    'when some files had been replaced': ['prisma/schema-sqlite', 'prisma/schema/models'],
  };
  for (const [when, done] of Object.entries(half)) {
    rmSync(project.path('prisma'), { recursive: true });
    cpSync(join(start, 'prisma'), project.path('prisma'), { recursive: true });
    if (when !== 'when the schema was copied')
      rmSync(project.path('prisma/schema/migrations'), { recursive: true });
    for (const [file, content] of Object.entries(end)) {
      if (!done.some((one) => file.startsWith(one))) continue;
      writeFileSync(makeFolder(project.path(file)), content, 'latin1');
    }
    place();
    expect(contents(project.folder), when).toEqual(end);
  }
  rmSync(start, { recursive: true });
});

function makeFolder(file: string): string {
  cpSync(project.path('dev.db'), `${file}.folder`, { recursive: true });
  rmSync(`${file}.folder`);
  return file;
}
