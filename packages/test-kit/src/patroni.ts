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

export async function startPatroni({ dynamic, defaultServer }: PatroniSettings): Promise<PatroniCluster> {
  const machine = new Machine();
  const [client, peer, proxy] = [await freePort(), await freePort(), await freePort()];
  const places: Place[] = [];
  for (const name of NODES) places.push({ name, port: await freePort(), rest: await freePort() });
  machine.run('etcd', ETCD, [
    ...['--data-dir', join(machine.folder, 'etcd'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', `http://127.0.0.1:${client}`],
    ...['--advertise-client-urls', `http://127.0.0.1:${client}`],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
  ]);
  const nodes = places.map((place) => startNode(machine, place, client, dynamic));
  const config = machine.write('haproxy.cfg', proxyOf(proxy, places, defaultServer));
  machine.run('haproxy', HAPROXY, ['-f', config, '-db']);
  const cluster = new Cluster(machine, places, nodes, proxy);
  try {
    await cluster.whole();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A folder and the programs that run in it, until this process ends. */
class Machine {
  readonly #place = unprivilegedFolder();
  readonly folder = this.#place.folder;
  readonly #children = new Set<ChildProcess>();
  /** Programs that others started, and what is called to end them. */
  readonly deaths: (() => void)[] = [];
  readonly #killAll = () => {
    for (const die of this.deaths) die();
    for (const child of this.#children) child.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#killAll);
  }

  run(name: string, program: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const env = { PATH: '/usr/bin:/bin:/usr/sbin', HOME: this.folder, LANG: 'C.UTF-8' };
    const { account } = this.#place;
    const child = spawn(program, args, {
      ...account,
      cwd: this.folder,
      env,
      stdio: ['ignore', log, log],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    const { uid, gid } = this.#place.account;
    writeFileSync(file, text, { mode: 0o600 });
    if (uid !== undefined) chownSync(file, uid, gid ?? uid);
    return file;
  }

  lastOf(log: string): string {
    return readFileSync(join(this.folder, `${log}.log`), 'utf8').slice(-1_000);
  }

  async stop(): Promise<void> {
    process.off('exit', this.#killAll);
    const ends = [...this.#children].map((child) => once(child, 'exit'));
    this.#killAll();
    await Promise.all(ends);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function startNode(machine: Machine, place: Place, etcd: number, dynamic: string): Node {
  const { name, port } = place;
  const data = join(machine.folder, `data-${name}`);
  const file = machine.write(`${name}.yml`, configOf(place, etcd, data, dynamic));
  let patroni = machine.run(name, PATRONI, [file]);
  const killPostgres = () => {
    try {
      const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10);
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or has not begun.
    }
  };
  const kill = () => {
    patroni.kill('SIGKILL');
    killPostgres();
  };
  // PostgreSQL outlives the Patroni that started it.
  machine.deaths.push(kill);
  return {
    name,
    port,
    killPostgres,
    kill,
    start() {
      patroni = machine.run(name, PATRONI, [file]);
    },
  };
}

class Cluster implements PatroniCluster {
  readonly urls: PatroniCluster['urls'];
  readonly nodes: readonly Node[];
  readonly #machine: Machine;
  readonly #places: readonly Place[];

  constructor(machine: Machine, places: readonly Place[], nodes: readonly Node[], proxy: number) {
    this.#machine = machine;
    this.#places = places;
    this.nodes = nodes;
    const url = (hosts: string) => `postgresql://postgres:${PASSWORD}@${hosts}/postgres`;
    this.urls = {
      hosts: `${url(places.map(({ port }) => `127.0.0.1:${port}`).join(','))}?target_session_attrs=read-write`,
      proxy: url(`127.0.0.1:${proxy}`),
    };
  }

  leader(): Promise<Node> {
    return this.#within('A leader', async () => {
      const found = await this.#members();
      const leading = found.find(({ role, state }) => role === 'leader' && state === 'running');
      return this.nodes.find(({ name }) => name === leading?.name);
    });
  }

  async whole(): Promise<void> {
    await this.#within('The whole cluster', async () => {
      const found = await this.#members();
      const up = found.filter(({ state }) => state === 'running' || state === 'streaming');
      const isSynchronous = found.some(({ role }) => role === 'sync_standby');
      return up.length === NODES.length && isSynchronous ? true : undefined;
    });
  }

  async switchover(): Promise<void> {
    const { name } = await this.leader();
    const { rest } = this.#places.find((place) => place.name === name) as Place;
    const response = await fetch(`http://127.0.0.1:${rest}/switchover`, {
      method: 'POST',
      body: JSON.stringify({ leader: name }),
    });
    if (!response.ok) throw new Error(`Patroni refused to switch over: ${await response.text()}`);
  }

  stop(): Promise<void> {
    return this.#machine.stop();
  }

  /** As the first Patroni tells that answers. */
  async #members(): Promise<readonly Member[]> {
    for (const { rest } of this.#places) {
      const found = await fetch(`http://127.0.0.1:${rest}/cluster`, { signal: AbortSignal.timeout(2_000) })
        .then(async (response) => ((await response.json()) as { members: Member[] }).members)
        .catch(() => undefined);
      if (found) return found;
    }
    return [];
  }

  async #within<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + UP_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > end) {
        const logs = NODES.map((name) => this.#machine.lastOf(name));
        throw new Error(`${what} was not there in ${UP_MS / 1000} s: ${logs.join('\n')}`);
      }
      await sleep(200);
    }
  }
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
