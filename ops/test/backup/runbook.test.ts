import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, testDatabase } from '@vatevo/local-postgres/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../support/run-script.ts';
import { commandsOf, pathWithPnpm } from '../support/runbook.ts';
import { sql, variant } from '../support/sql.ts';
import { contentOf, ops, sample, temporaryFolder } from './support.ts';

const commands = commandsOf('Back up and restore');

/** Programs that a machine need not have. */
const optional = ['sqlite3', 'psql'];

it('every command of the runbook about backups does what is said there', async () => {
  expect(commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
    'pnpm ops:backup',
    'pnpm ops:backup',
    'pnpm ops:restore',
    'pnpm ops:restore',
    'sqlite3 -bail',
    'psql -X',
  ]);
  const folder = temporaryFolder();
  const PATH = pathWithPnpm(folder);
  copyFileSync(sample, join(folder, 'vatevo.db'));

  const database = await testDatabase();
  const restored = variant(database.url, { database: `restored_${process.pid}` });
  const empty = await testDatabase();
  onTestFinished(async () => {
    await sql(database.url, `DROP DATABASE IF EXISTS restored_${process.pid} WITH (FORCE)`);
    await database.drop();
    await empty.drop();
  });
  const filled = await ops(['prepare-postgres'], { POSTGRES_URL: database.url });
  expect(filled.code).toBe(0);

  for (const command of commands) {
    const program = command.split(' ')[0] ?? '';
    if (optional.includes(program) && !isInstalled(program)) continue;
    const of = (kind: string) =>
      readdirSync(join(folder, 'backups')).find((name) => name.startsWith(kind)) ?? '';
    const line = command
      .replace('/var/lib/vatevo/vatevo.db', 'vatevo.db')
      .replaceAll(/sqlite-\d{8}T\S+Z/g, () => of('sqlite-'))
      .replaceAll(/postgres-\d{8}T\S+Z/g, () => of('postgres-'))
      .replace('EMPTY_DATABASE', `"$EMPTY_DATABASE"`);
    const isRestore = line.includes('ops:restore');
    const env = {
      PATH,
      POSTGRES_URL: isRestore ? restored : database.url,
      EMPTY_DATABASE: empty.url,
    };
    const outcome = await start('sh', ['-c', line], { cwd: folder, env }).ended;
    expect(outcome, line).toMatchObject({ code: 0, stderr: '' });
  }
  expect(contentOf(join(folder, 'restored.db'))).toEqual(contentOf(sample));
  expect(await sql(restored, 'SELECT count(*)::int AS migrations FROM _prisma_migrations')).toEqual(
    await sql(database.url, 'SELECT count(*)::int AS migrations FROM _prisma_migrations'),
  );
});
