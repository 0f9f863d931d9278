import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { call } from './support/call.ts';
import { makeProject } from './support/project.ts';

const program = fileURLToPath(new URL('../../bin/mover.mjs', import.meta.url));

it('goes on when it was killed while it moved the rows', async () => {
  const project = await makeProject({ name: 'blog', schema: 'prisma/schema.prisma' });
  onTestFinished(() => project.remove());
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  const db = new Database(project.source);
  db.exec(`INSERT INTO User (id, email, updatedAt) VALUES (7, 'ada@example.org', 1714558830123);
    INSERT INTO Post (title, authorId) VALUES ('first', 7)`);
  db.close();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Waits where an index is built again, behind the copy: the lock is the test's.
  await client.query(`
    CREATE SCHEMA test;
    CREATE FUNCTION test.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF to_regclass('vatevo_transfer.run') IS NOT NULL AND EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public."Post_authorId_title_idx"')
      THEN PERFORM pg_advisory_lock(42); END IF;
    END $$;
    CREATE EVENT TRIGGER wait ON ddl_command_end EXECUTE FUNCTION test.wait();
    SELECT pg_advisory_lock(42);`);
  const args = ['prisma', '--schema', 'prisma/schema.prisma', '--source', 'dev.db'];
  const env = { INIT_CWD: project.folder, POSTGRES_URL: database.url };
  const child = execFile(process.execPath, [program, ...args], {
    cwd: project.folder,
    env: { PATH: process.env.PATH, ...env },
  });
  const ended = once(child, 'exit');
  const waiting = `FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted`;
  await expect
    .poll(async () => child.exitCode ?? (await client.query(`SELECT ${waiting}`)).rowCount, {
      timeout: 60_000,
    })
    .toBe(1);
  child.kill('SIGKILL');
  await ended;
  await client.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
  const { rows: state } = await client.query(
    `SELECT (SELECT state FROM vatevo_transfer.run), to_regclass('public._prisma_migrations') AS history`,
  );
  expect(state).toEqual([{ state: 'settling', history: null }]);
  await client.query('SELECT pg_advisory_unlock(42); DROP EVENT TRIGGER wait; DROP SCHEMA test CASCADE');
  const resumed = await call(args, env);
  expect(resumed, resumed.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toContain('Transfer resumed and completed');
  const { rows } = await client.query(
    `INSERT INTO "User" (email, "updatedAt") VALUES ('x', now()) RETURNING id`,
  );
  expect(rows).toEqual([{ id: 8 }]);
  expect((await client.query('SELECT migration_name FROM _prisma_migrations')).rows).toEqual([
    { migration_name: '0_init' },
  ]);
  await client.end();
});
