import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresTarget, query, serverTarget, shadowDatabases, type TestTarget } from './support/postgres.ts';
import { Project } from './support/project.ts';

/** The Prisma CLI takes three seconds of the processor for each command: one run of a kind is enough. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const AUTHOR = 'model Author {\n  id   Int    @id @default(autoincrement())\n  name String\n}\n';

/** A role of this file's own, so that the shadow databases of other tests are not in its way. */
const ROLE = `engine_${process.pid}`;
/** Found nowhere else, so that a search for it is a proof. */
const PASSWORD = 'hunter2/zq6@';

let project: Project;
let target: TestTarget;
/** The URL of the test's database for the role, without the password. */
let url: string;

beforeAll(async () => {
  await query(await testServerUrl(), `CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${PASSWORD}'`);
});
afterAll(async () => {
  await query(await testServerUrl(), `DROP ROLE ${ROLE}`);
});
beforeEach(async () => {
  target = await postgresTarget();
  await query(target.database.url, `ALTER SCHEMA public OWNER TO ${ROLE}`);
  url = as(target.url, ROLE);
  project = new Project('postgresql', url, { PGPASSWORD: PASSWORD });
  project.schema(AUTHOR);
});
afterEach(async () => {
  project.remove();
  await wake();
  await target.database.drop();
});

function as(from: string, user: string): string {
  const changed = new URL(from);
  changed.username = user;
  return changed.href;
}

/** The process's children, their children, and so on. */
function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => {
      try {
        return readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    });
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

async function isAsleep(): Promise<boolean> {
  const asleep = `SELECT FROM pg_stat_activity WHERE usename = '${ROLE}' AND wait_event = 'PgSleep'`;
  return (await query(target.database.url, asleep)).length > 0;
}

/** Waits until a server process of the role sleeps in a migration. */
async function untilAsleep(): Promise<void> {
  while (!(await isAsleep())) await sleep(50);
}

const wake = () =>
  query(
    target.database.url,
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '${ROLE}'`,
  );

describe('a database that the Prisma CLI cannot use', () => {
  it('is reported with P1000 when the password is wrong', async () => {
    const env = { PGPASSWORD: 'wrong-zq6' };
    await expect(project.engine((engine) => engine.version(), env)).rejects.toMatchObject({
      code: 'P1000',
      message: expect.stringMatching(/^(?!.*zq6)Authentication failed/s),
    });
    if (!LONG) return;
    const run = await project.prisma(['migrate', 'deploy'], { env });
    expect(run).toMatchObject({ code: 1, output: expect.stringContaining('P1000: Authentication failed') });
    expect(run.output).not.toContain('zq6');
  });

  it('is reported with P1003 when it is missing', async () => {
    const { url: missing } = await serverTarget('nowhere');
    project.configure(as(missing, ROLE));
    await expect(project.engine((engine) => engine.version())).rejects.toMatchObject({
      code: 'P1003',
      message: expect.stringContaining('Database `nowhere` does not exist'),
    });
  });

  it('is reported with P1001 when nobody listens, and when nobody answers', async () => {
    project.configure('postgresql://nobody@127.0.0.1:1/nothing');
    const version = () => project.engine((engine) => engine.version());
    await expect(version()).rejects.toMatchObject({
      code: 'P1001',
      message: expect.stringContaining('127.0.0.1:1'),
    });

    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    project.configure(`postgresql://nobody@127.0.0.1:${port}/nothing?connect_timeout=1`);
    await expect(version()).rejects.toMatchObject({ code: 'P1001' });
    silent.close();
  });

  it('is reported with P3014 when the role may not make a shadow database', async () => {
    await query(target.database.url, `ALTER ROLE ${ROLE} NOCREATEDB`);
    try {
      await project.migration('20260101000000_a', 'CREATE TABLE a (id integer);');
      const compared = project.engine((engine, folder) =>
        engine.diff({ kind: 'migrations', folder }, { kind: 'empty' }),
      );
      await expect(compared).rejects.toMatchObject({ code: 'P3014' });
    } finally {
      await query(target.database.url, `ALTER ROLE ${ROLE} CREATEDB`);
    }
  });

  it('is reported when the server drops the connection in the middle of a migration', async () => {
    await project.migration('20260101000000_slow', 'SELECT pg_sleep(600);');
    const running = expect(
      project.engine((engine, migrations) => engine.applyMigrations(migrations)),
    ).rejects.toMatchObject({ code: 'P1017' });
    await untilAsleep();
    await wake();
    await running;
  });
});

describe('an engine that crashes', () => {
  it.runIf(LONG)('ends the CLI with an error when it panics', async () => {
    const run = await project.prisma(['migrate', 'dev', '--name', 'x'], {
      env: { FORCE_PANIC_SCHEMA_ENGINE: '1' },
    });
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('The schema engine crashed');
  });

  it('ends the CLI with an error when it is killed in the middle of a request, and leaves no shadow database for long', async () => {
    await project.migration('20260101000000_slow', 'SELECT pg_sleep(600);');
    let cli = 0;
    const running = project.prisma(['migrate', 'dev', '--name', 'x'], {
      onStart: (pid) => {
        cli = pid;
      },
    });
    await untilAsleep();
    const engine = descendants(cli).find((pid) => commandLine(pid).includes('schema-engine.js'));
    process.kill(engine as number, 'SIGKILL');
    const run = await running;
    expect(run.code).toBe(1);
    expect(run.output).toContain('The schema engine ended before it had answered');

    await wake();
    const [left] = await shadowDatabases(ROLE);
    expect(left).toBeDefined();
    // What has just been made may be in use any moment; a minute later it cannot be.
    const old = (left as string).replace(
      /(\d+)(_[0-9a-f]+)$/,
      (_, seconds, rest) => `${Number(seconds) - 61}${rest}`,
    );
    await query(await testServerUrl(), `ALTER DATABASE ${left} RENAME TO ${old}`);
    await project.migration('20260101000000_slow', 'SELECT 1;');
    await project.engine((engine, folder) => engine.diff({ kind: 'migrations', folder }, { kind: 'empty' }));
    expect(await shadowDatabases(ROLE)).toEqual([]);
  });

  it('does not outlive a CLI that is killed', async () => {
    await project.migration('20260101000000_slow', 'SELECT pg_sleep(600);');
    let cli = 0;
    const running = project.prisma(['migrate', 'deploy'], {
      onStart: (pid) => {
        cli = pid;
      },
    });
    await untilAsleep();
    const [engine] = descendants(cli).filter((pid) => commandLine(pid).includes('schema-engine.js'));
    process.kill(cli, 'SIGKILL');
    await running;
    while (commandLine(engine as number) !== '') await sleep(50);
    // And it took the statement that was at work along.
    expect(await isAsleep()).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('the password', () => {
  it('is in no process’s arguments, in no output, and comes from PGPASSWORD or POSTGRES_URL', async () => {
    const full = new URL(url);
    full.password = PASSWORD;
    const seen = new Set<string>();
    const engines = new Set<string>();
    let done = false;
    const watching = (async () => {
      while (!done) {
        for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
          const line = commandLine(Number(pid));
          if (line.includes('zq6')) seen.add(line);
          if (line.includes('schema-engine.js') && line.includes(ROLE)) engines.add(line);
        }
        await sleep(20);
      }
    })();
    const runs = LONG ? [await project.prisma(['migrate', 'dev', '--name', 'authors'])] : [];
    // A database that is missing is created on the way.
    const name = `made_${ROLE}`;
    const { url: missing } = await serverTarget(name);
    project.configure(as(missing, ROLE));
    full.pathname = `/${name}`;
    const env = { PGPASSWORD: undefined, POSTGRES_URL: full.href };
    runs.push(await project.prisma(['migrate', 'dev', '--name', 'books'], { env }));
    await query(await testServerUrl(), `DROP DATABASE IF EXISTS ${name}`);
    done = true;
    await watching;
    for (const run of runs)
      expect(run).toMatchObject({
        code: 0,
        output: expect.stringContaining('now in sync with your schema'),
      });
    // The engine's arguments were looked at: they name the role.
    expect(engines.size).toBeGreaterThan(0);
    expect([...seen]).toEqual([]);
    expect(runs.map(({ output }) => output).join()).not.toContain('zq6');
  });
});
