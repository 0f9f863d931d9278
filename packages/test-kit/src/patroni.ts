import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@vatevo/local-postgres';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { DEBIAN_POSTGRES, hasDebianPostgres, unprivilegedFolder } from './debian.ts';

const PATRONI = '/usr/bin/patroni';
const ETCD = '/usr/bin/etcd';
const HAPROXY = '/usr/sbin/haproxy';
export const hasPatroni =
  hasDebianPostgres && [PATRONI, ETCD, HAPROXY].every((program) => isInstalled(program));

const PASSWORD = 'only-for-this-test';
const NODES = ['pg1', 'pg2', 'pg3'] as const;
const UP_MS = 90_000;

/** What is said of them where it is documented. */
export interface PatroniSettings {
  /** YAML: what `patronictl edit-config` shows. */
  readonly dynamic: string;
  /** HAProxy's `default-server` line. */
  readonly defaultServer: string;
}

/** One server with the Patroni that looks after it. */
export interface Node {
  readonly name: string;
  readonly port: number;
  /** Kills its PostgreSQL (`kill -9`); Patroni lives on. */
  killPostgres(): void;
  /** Kills Patroni and PostgreSQL, as if the machine had lost power. */
  kill(): void;
  /** Starts Patroni again. */
  start(): void;
}

/** Three servers under Patroni, with etcd, and HAProxy before them; on this machine. */
export interface PatroniCluster {
  readonly nodes: readonly Node[];
  /** By their hosts, and by HAProxy's one address. */
  readonly urls: { readonly hosts: string; readonly proxy: string };
  leader(): Promise<Node>;
  /** Resolves when one leads, the others stream from it, and one of them is synchronous. */
  whole(): Promise<void>;
  /** Hands the lead over to a synchronous standby. */
  switchover(): Promise<void>;
  stop(): Promise<void>;
}

interface Place {
  readonly name: string;
  readonly port: number;
  /** The port of Patroni's own API. */
  readonly rest: number;
}

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly lag?: number | string;
}

export async function startPatroni(settings: PatroniSettings): Promise<PatroniCluster> {
  const { folder, account } = unprivilegedFolder();
  const children = new Set<ChildProcess>();
  const run = (program: string, args: readonly string[], name: string): ChildProcess => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const env = { PATH: '/usr/bin:/bin:/usr/sbin', HOME: folder, LANG: 'C.UTF-8' };
    const child = spawn(program, args, { ...account, cwd: folder, env, stdio: ['ignore', log, log] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account.uid !== undefined) chownSync(file, account.uid, account.gid ?? account.uid);
    return file;
  };

  const [client, peer, proxy] = [await freePort(), await freePort(), await freePort()];
  const places: Place[] = [];
  for (const name of NODES) places.push({ name, port: await freePort(), rest: await freePort() });

  run(
    ETCD,
    [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', `http://127.0.0.1:${client}`],
      ...['--advertise-client-urls', `http://127.0.0.1:${client}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
      ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
      ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
    ],
    'etcd',
  );

  const dataOf = (name: string) => join(folder, `data-${name}`);
  const kill = (pid: number | undefined) => {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const nodes = places.map(({ name, port, rest }) => {
    const file = write(`${name}.yml`, configOf({ name, port, rest }, client, dataOf(name), settings.dynamic));
    let patroni = run(PATRONI, [file], name);
    const postmaster = () => {
      try {
        return Number(readFileSync(join(dataOf(name), 'postmaster.pid'), 'utf8').split('\n')[0]);
      } catch {
        return undefined;
      }
    };
    const node: Node = {
      name,
      port,
      killPostgres: () => kill(postmaster()),
      kill() {
        kill(patroni.pid);
        kill(postmaster());
      },
      start() {
        patroni = run(PATRONI, [file], name);
      },
    };
    return node;
  });
  run(
    HAPROXY,
    ['-f', write('haproxy.cfg', proxyOf(proxy, places, settings.defaultServer)), '-db'],
    'haproxy',
  );

  const killAll = () => {
    for (const node of nodes) node.kill();
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  const stop = async () => {
    process.off('exit', killAll);
    const ends = [...children].map((child) => once(child, 'exit'));
    killAll();
    await Promise.all(ends);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };

  const members = async (): Promise<readonly Member[]> => {
    for (const { rest } of places) {
      const found = await fetch(`http://127.0.0.1:${rest}/cluster`, { signal: AbortSignal.timeout(2_000) })
        .then(async (response) => ((await response.json()) as { members: Member[] }).members)
        .catch(() => undefined);
      if (found) return found;
    }
    return [];
  };
  const leading = async () => {
    const found = (await members()).find(({ role, state }) => role === 'leader' && state === 'running');
    return nodes.find(({ name }) => name === found?.name);
  };
  const within = async <T>(look: () => Promise<T | undefined>, what: string): Promise<T> => {
    const end = performance.now() + UP_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > end) {
        const log = NODES.map((name) => readFileSync(join(folder, `${name}.log`), 'utf8').slice(-1_000));
        throw new Error(`${what} was not there in ${UP_MS / 1000} s: ${log.join('\n')}`);
      }
      await sleep(200);
    }
  };
  const leader = () => within(leading, 'A leader');
  const cluster: PatroniCluster = {
    nodes,
    urls: {
      hosts: `postgresql://postgres:${PASSWORD}@${places.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres?target_session_attrs=read-write`,
      proxy: `postgresql://postgres:${PASSWORD}@127.0.0.1:${proxy}/postgres`,
    },
    leader,
    whole: async () => {
      await within(async () => {
        const found = await members();
        const up = found.filter(({ state }) => state === 'running' || state === 'streaming');
        const isSynchronous = found.some(({ role }) => role === 'sync_standby');
        return up.length === NODES.length && isSynchronous ? true : undefined;
      }, 'The whole cluster');
    },
    async switchover() {
      const { name } = await leader();
      const { rest } = places.find((place) => place.name === name) as Place;
      const response = await fetch(`http://127.0.0.1:${rest}/switchover`, {
        method: 'POST',
        body: JSON.stringify({ leader: name }),
      });
      if (!response.ok) throw new Error(`Patroni refused to switch over: ${await response.text()}`);
    },
    stop,
  };
  try {
    await cluster.whole();
  } catch (error) {
    await stop();
    throw error;
  }
  return cluster;
}

function configOf({ name, port, rest }: Place, etcd: number, data: string, dynamic: string): string {
  return `scope: vatevo
name: ${name}
restapi:
  listen: 127.0.0.1:${rest}
  connect_address: 127.0.0.1:${rest}
etcd3:
  host: 127.0.0.1:${etcd}
bootstrap:
  dcs:
${dynamic.replaceAll(/^/gm, '    ')}
  initdb:
    - encoding: UTF8
    - locale: C.UTF-8
    - auth: scram-sha-256
    - no-sync
postgresql:
  listen: 127.0.0.1:${port}
  connect_address: 127.0.0.1:${port}
  data_dir: ${data}
  bin_dir: ${DEBIAN_POSTGRES}
  pgpass: ${data}.pgpass
  authentication:
    superuser: { username: postgres, password: ${PASSWORD} }
    replication: { username: replicator, password: ${PASSWORD} }
    rewind: { username: rewinder, password: ${PASSWORD} }
  pg_hba:
    - host all all 127.0.0.1/32 scram-sha-256
    - host replication replicator 127.0.0.1/32 scram-sha-256
  parameters:
    unix_socket_directories: ''
    fsync: 'off'
    wal_log_hints: 'on'
`;
}

function proxyOf(port: number, places: readonly Place[], defaultServer: string): string {
  return `defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  timeout check 2s
listen primary
  bind 127.0.0.1:${port}
  option httpchk OPTIONS /primary
  http-check expect status 200
  ${defaultServer}
${places.map((place) => `  server ${place.name} 127.0.0.1:${place.port} check port ${place.rest}\n`).join('')}`;
}

/** Which version is installed, for what is recorded. */
export function patroniVersion(): string {
  return execFileSync(PATRONI, ['--version'], { encoding: 'utf8' }).trim();
}
