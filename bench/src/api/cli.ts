// Entry point of `pnpm bench:api`.

import path from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { Command } from 'commander';
import { processorMs } from '../processor-time.ts';
import { root } from '../root.ts';
import { median } from '../transfer/table.ts';
import { benchCluster } from './bench-cluster.ts';
import { measure } from './measure.ts';
import { measureOverhead } from './overhead.ts';
import { API_KEY, prepareDatabase } from './prepare.ts';
import { describeReplica, measureReplica } from './replica.ts';
import { type Scenario, scenarios } from './requests.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { measureWebhooks } from './webhooks.ts';

/** As many as share the port in the last column. */
const PROCESSES = 4;

/** Requests that each process answers before it counts: services run for days, and what is measured is not the compiler. */
const WARM_UP = 3_000;

const options = new Command('bench:api')
  .description(
    'The API beside the same routes written by hand, and beside what node and pg give at the most; 16 connections',
  )
  .option('--seconds <n>', 'length of one measurement', Number, 1)
  .option('--rounds <n>', 'measurements of each, in turns; medians count', Number, 15)
  .option('--invoices <n>', 'rows in the table', Number, 1_000_000)
  .option('--events <n>', 'webhook events that are due', Number, 100_000)
  .option('--replica', 'reads with and without a replica, and nothing else', false)
  .option(
    '--citus',
    'one server beside a cluster, through its coordinator and through all of its servers (VATEVO_CITUS_URL)',
  )
  .parse()
  .opts<{
    seconds: number;
    rounds: number;
    invoices: number;
    events: number;
    replica: boolean;
    citus?: true;
  }>();

if (options.citus) {
  await benchCluster(options);
  process.exit();
}

type Servers = Readonly<Record<'limit' | 'byHand' | 'ours' | 'several', ServerProcess>>;
/** Requests a second of each server, measured one right after the other. */
type Turn = Readonly<Record<keyof Servers, number>>;

/** What all turns of a server took together: requests, and milliseconds of the processor in it and in PostgreSQL. */
interface Spent {
  requests: number;
  serverMs: number;
  databaseMs: number;
}
type AllSpent = Readonly<Record<keyof Servers, Spent>>;

const NAMES = ['limit', 'byHand', 'ours', 'several'] as const;

const each = <Value>(make: (name: keyof Servers) => Value) =>
  Object.fromEntries(NAMES.map((name) => [name, make(name)])) as Record<keyof Servers, Value>;

async function measureTurn(url: string, pid: number, databasePid: number, scenario: Scenario, spent: Spent) {
  const before = [processorMs(pid), processorMs(databasePid)] as const;
  const start = performance.now();
  const rate = await measure(url, scenario, options.seconds);
  spent.requests += (rate * (performance.now() - start)) / 1000;
  spent.serverMs += processorMs(pid) - before[0];
  spent.databaseMs += processorMs(databasePid) - before[1];
  return rate;
}

/** In short turns, so that what else the machine does meets all of them. */
async function measureInTurns(servers: Servers, databasePid: number, scenario: Scenario) {
  for (const name of NAMES) {
    const wanted = name === 'several' ? WARM_UP * PROCESSES : WARM_UP;
    for (let answered = 0; answered < wanted; ) answered += await measure(servers[name].url, scenario, 1);
  }
  const turns: Turn[] = [];
  const spent: AllSpent = each(() => ({ requests: 0, serverMs: 0, databaseMs: 0 }));
  for (let round = 0; round < options.rounds; round++) {
    const turn = each(() => 0);
    for (const name of NAMES) {
      const { url, pid } = servers[name];
      turn[name] = await measureTurn(url, pid, databasePid, scenario, spent[name]);
    }
    turns.push(turn);
  }
  return { turns, spent };
}

/** A line of microseconds of the processor for each request, of each server and of PostgreSQL under it. */
function processorLine(scenario: Scenario, spent: AllSpent): string {
  const cells = (['limit', 'byHand', 'ours'] as const).map((name) => {
    const { requests, serverMs, databaseMs } = spent[name];
    const both = [serverMs, databaseMs].map((ms) => ((ms * 1000) / requests).toFixed(0).padStart(5));
    return both.join(' +').padStart(16);
  });
  return `${scenario.name.padEnd(24)}${cells.join('')}`;
}

/** Makes an invoice of those that are measured. @returns its id */
async function makeInvoice(url: string): Promise<string> {
  const { body = '' } = scenarios(0).find(({ method }) => method === 'POST') as Scenario;
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(new URL('/invoices', url), { method: 'POST', headers, body });
  return String(((await answer.json()) as { id: number }).id);
}

/** The whole benchmark. @param server where `url` leads */
async function measureAll(server: LocalPostgres, url: string, invoiceId: number): Promise<void> {
  const env = { POSTGRES_URL: url, PORT: '0', VATEVO_ENV: 'test', VATEVO_WEBHOOKS: 'off' };
  const main = path.join(root, 'apps/api/dist/main.js');
  const ours = await startServer(main, env);
  const like = { LIMIT_LIKE_INVOICE: await makeInvoice(ours.url) };
  const servers = {
    limit: await startServer(path.join(import.meta.dirname, 'limit.js'), { ...env, ...like }),
    byHand: await startServer(path.join(import.meta.dirname, 'baseline.js'), env),
    ours,
    several: await startServer(main, { ...env, WEB_CONCURRENCY: String(PROCESSES), DB_POOL_SIZE: '5' }),
  };
  console.log(
    `\nroute                     limit/s  by hand/s     ours/s  ${PROCESSES} proc./s   to limit  to by hand   legacy/s  times legacy`,
  );
  const processor: string[] = [];
  for (const scenario of scenarios(invoiceId)) {
    const { turns, spent } = await measureInTurns(servers, server.pid, scenario);
    processor.push(processorLine(scenario, spent));
    const of = (value: (turn: Turn) => number) => median(turns.map(value));
    const own = of(({ ours }) => ours);
    const cells = [
      scenario.name.padEnd(24),
      of(({ limit }) => limit)
        .toFixed(0)
        .padStart(8),
      of(({ byHand }) => byHand)
        .toFixed(0)
        .padStart(10),
      own.toFixed(0).padStart(10),
      of(({ several }) => several)
        .toFixed(0)
        .padStart(10),
      of(({ ours, limit }) => ours / limit)
        .toFixed(2)
        .padStart(10),
      of(({ ours, byHand }) => ours / byHand)
        .toFixed(2)
        .padStart(11),
      String(scenario.legacy).padStart(10),
      (own / scenario.legacy).toFixed(1).padStart(13),
    ];
    console.log(cells.join(' '));
  }
  await Promise.all(Object.values(servers).map((started) => started.stop()));
  console.log(
    `\nµs of the processor             limit         by hand            ours   (server + PostgreSQL, for each request)`,
  );
  for (const line of processor) console.log(line);

  const due = options.events;
  const counted = Math.min(10_000, Math.floor(due / 2));
  const delivered = await measureWebhooks(await server.createDatabase('webhooks'), server.pid, {
    due,
    counted,
  });
  console.log(
    `\nwebhooks, one process, ${due.toLocaleString('en')} events due: ${delivered.eventsASecond.toFixed(0)} events/s; ` +
      `a thousand take ${delivered.apiMs.toFixed(0)} ms of the processor here, ${delivered.serverMs.toFixed(0)} ms in PostgreSQL`,
  );

  console.log('\none lookup by key, one after the other      µs  times pg as the tenant');
  for (const { name, microseconds, timesTenant } of await measureOverhead(url, invoiceId)) {
    console.log(
      `${name.padEnd(38)} ${microseconds.toFixed(0).padStart(7)} ${timesTenant.toFixed(2).padStart(23)}`,
    );
  }
}

const DATABASE = 'bench';
const server = await startLocalPostgres({ settings: { shared_buffers: '512MB' } });
try {
  const url = await server.createDatabase(DATABASE);
  console.log(`Preparing ${options.invoices.toLocaleString('en')} invoices …`);
  const { invoiceId } = await prepareDatabase(url, options.invoices);
  if (options.replica) {
    const results = await measureReplica(server, { database: DATABASE, invoiceId, ...options });
    console.log(`\n${describeReplica(results)}`);
  } else await measureAll(server, url, invoiceId);
} finally {
  await server.dispose();
}
