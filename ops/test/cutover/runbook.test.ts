import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployMigrations } from '@vatevo/db/migrations';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { commandsOf, type } from '../support/runbook.ts';
import { sql } from '../support/sql.ts';

const FILE = '/var/lib/vatevo/vatevo.db';

it('every command of the runbook about a live move and failback does what is said there', async () => {
  const named = [...commandsOf('6. Move, with the service running'), ...commandsOf('9. Go back')];
  const cutover = (step: string) => `pnpm ops:cutover ${step} --source ${FILE}`;
  const rollback = `pnpm ops:rollback --to ${FILE}`;
  expect(named).toEqual([
    ...['start', 'status', 'finish', 'abort', 'close'].map(cutover),
    rollback,
    // Run by the test beside this one.
    'pnpm ops:drill',
  ]);

  const folder = mkdtempSync(join(tmpdir(), 'vatevo-runbook-'));
  const file = join(folder, 'vatevo.db');
  const database = await testDatabase();
  onTestFinished(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  await deployMigrations({ kind: 'sqlite', file });
  const db = new Database(file);
  db.exec(
    `INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('A', '${'0'.repeat(64)}', 'vat_')`,
  );
  db.close();
  const env = { POSTGRES_URL: database.url };
  const run = async (line: string, says: string) => {
    const outcome = await type(line.replace(FILE, file), { cwd: folder, env });
    expect(outcome, line).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout, line).toContain(says);
  };
  await run('pnpm ops:prepare-postgres', '');

  await run(cutover('start'), 'every row of it is proven');
  await run(cutover('abort'), 'The move is given up.');
  await run(cutover('start'), 'every row of it is proven');
  await run(cutover('status'), 'PostgreSQL is moving');
  await run(cutover('finish'), 'PostgreSQL has taken over');
  await sql(database.url, `UPDATE tenants SET name = 'B'`);
  await run(rollback, 'has taken over, 1 rows proven');
  expect(nameIn(file)).toBe('B');
  await run(cutover('start'), 'every row of it is proven');
  await run(cutover('finish'), 'PostgreSQL has taken over');
  await run(cutover('close'), 'Closed');
  const refused = await type(rollback.replace(FILE, file), { cwd: folder, env });
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toContain('the move was closed');
});

function nameIn(file: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare('SELECT name FROM tenants').pluck().get();
  } finally {
    db.close();
  }
}
