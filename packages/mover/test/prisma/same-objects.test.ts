import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { readSchemaFiles } from '../../src/prisma/schema-files.ts';
import { call } from './support/call.ts';
import { prisma } from './support/cli.ts';
import { onPostgres, onSqlite } from './support/client.ts';
import { makeProject, type TestProject } from './support/project.ts';
import { STYLES } from './support/styles.ts';

const isLong = process.env.VATEVO_TEST_LONG !== undefined;
const ROWS = isLong ? 1000 : 12;

const projects: TestProject[] = [];
const databases: TestDatabase[] = [];
afterAll(async () => {
  for (const project of projects) project.remove();
  for (const database of databases) await database.drop();
});

it.each(STYLES)('reads the same objects before and after: $name', async (style) => {
  const project = await makeProject(style);
  projects.push(project);
  const database = await testDatabase();
  databases.push(database);
  const format = style.name === 'legacy' ? 'unixepoch-ms' : 'iso8601';
  await onSqlite(project.files, project.source, (client) => style.write(client, ROWS), format);
  const db = new Database(project.source);
  style.writeRaw(db);
  db.close();
  const before = await onSqlite(project.files, project.source, (client) => style.read(client));

  const moved = await call(['prisma', '--schema', style.schema, '--source', 'dev.db'], {
    INIT_CWD: project.folder,
    POSTGRES_URL: database.url,
  });
  expect(moved, moved.stdout).toMatchObject({ code: 0, stderr: '' });

  const out = style.schema.endsWith('.prisma')
    ? 'prisma/postgresql/schema.prisma'
    : 'prisma/schema-postgresql';
  const { files } = readSchemaFiles(project.path(out));
  const after = await onPostgres(files, database.url, (client) => style.read(client));
  expect(after).toStrictEqual(before);

  // The CLI that is here takes no schema of Prisma 6.
  if (!isLong || style.name === 'legacy') return;
  const config = { schema: out, url: database.url };
  for (const args of [
    ['migrate', 'status'],
    ['migrate', 'deploy'],
    ['migrate', 'diff', '--from-config-datasource', '--to-schema', out, '--exit-code'],
  ]) {
    const run = await prisma(project, config, args);
    expect(run, run.output).toMatchObject({ code: 0 });
  }
});
