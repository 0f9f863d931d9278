import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import pg from 'pg';

/*
 * Servers that npm does not hold, as Debian packages them, for tests where they are installed.
 */

/** A server program that runs in a folder of its own, as a user who is not root. */
export interface Daemon {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The version of PostgreSQL's own packages that is tested beside npm's 18: `VATEVO_TEST_POSTGRES`, or 15. */
export const DEBIAN_VERSION = process.env.VATEVO_TEST_POSTGRES ?? '15';
export const DEBIAN_POSTGRES = `/usr/lib/postgresql/${DEBIAN_VERSION}/bin`;
export const PGBOUNCER = '/usr/sbin/pgbouncer';
export const hasDebianPostgres = isInstalled(join(DEBIAN_POSTGRES, 'postgres'));
export const hasPgBouncer = isInstalled(PGBOUNCER);

/** PostgreSQL as Debian packages it. */
export function startDebianPostgres(): Promise<LocalPostgres> {
  return startLocalPostgres({ programs: DEBIAN_POSTGRES });
}

/** PgBouncer before a server, with the user and password of that server's URL. @param settings more lines of its file */
export async function startPgBouncer(
  serverUrl: string,
  mode: 'session' | 'transaction',
  settings: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const { folder, account } = unprivilegedFolder();
  const server = new URL(serverUrl);
  const port = await freePort();
  const own = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account.uid !== undefined) chownSync(file, account.uid, account.gid ?? account.uid);
    return file;
  };
  const users = own('users.txt', `"${server.username}" "${decodeURIComponent(server.password)}"\n`);
  const config = own(
    'pgbouncer.ini',
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}`,
  );
  const child = spawn(PGBOUNCER, [config], { ...account, cwd: folder, stdio: 'ignore' });
  const url = new URL(serverUrl);
  url.port = String(port);
  return whenReady(child, folder, url.href, 'SIGTERM');
}

/** A folder below the temporary one; of somebody who is not root when root runs the tests. */
export function unprivilegedFolder(): { folder: string; account: { uid?: number; gid?: number } } {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-daemon-'));
  if (process.getuid?.() !== 0) return { folder, account: {} };
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const account = { uid: id('-u'), gid: id('-g') };
  chownSync(folder, account.uid, account.gid);
  return { folder, account };
}

async function whenReady(
  child: ChildProcess,
  folder: string,
  url: string,
  signal: NodeJS.Signals,
): Promise<Daemon> {
  // Whatever becomes of the tests, the server does not outlive them.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const stop = async () => {
    process.off('exit', end);
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return { url, pid: child.pid as number, stop };
    } catch (error) {
      await client.end().catch(() => undefined);
      if (child.exitCode !== null || tries === 100) {
        await stop();
        throw error;
      }
      await sleep(100);
    }
  }
}
