// Entry point of `pnpm bench:api`.
import path from 'node:path';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { Command } from 'commander';
import { root } from '../root.ts';
import { measure } from './measure.ts';
import { measureOverhead } from './overhead.ts';
import { prepareDatabase } from './prepare.ts';
import { type Scenario, scenarios } from './requests.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { measureWebhooks } from './webhooks.ts';

/** As many as share the port in the last column. */
const PROCESSES = 4;

const options = new Command('bench:api')
  .description(
    'The API beside the same routes written by hand, and beside what node and pg give at the most; 16 connections',
  )
  .option('--seconds <n>', 'length of one measurement', Number, 1)
  .option('--rounds <n>', 'measurements of each, in turns; medians count', Number, 15)
  .option('--invoices <n>', 'rows in the table', Number, 1_000_000)
  .option('--events <n>', 'webhook events that are due', Number, 100_000)
  .parse()
  .opts<{ seconds: number; rounds: number; invoices: number; events: number }>();

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

type Servers = Readonly<Record<'limit' | 'byHand' | 'ours' | 'several', ServerProcess>>;
/** Requests a second of each server, measured one right after the other. */
type Turn = Readonly<Record<keyof Servers, number>>;

/** In short turns, so that what else the machine does meets all of them. */
async function measureInTurns(servers: Servers, scenario: Scenario): Promise<Turn[]> {
  for (const { url } of Object.values(servers)) await measure(url, scenario, 1);
  const turns: Turn[] = [];
  for (let round = 0; round < options.rounds; round++) {
    turns.push({
      limit: await measure(servers.limit.url, scenario, options.seconds),
      byHand: await measure(servers.byHand.url, scenario, options.seconds),
      ours: await measure(servers.ours.url, scenario, options.seconds),
      several: await measure(servers.several.url, scenario, options.seconds),
    });
  }
  return turns;
}

const server = await startLocalPostgres({ settings: { shared_buffers: '512MB' } });
try {
  const url = await server.createDatabase('bench');
  console.log(`Preparing ${options.invoices.toLocaleString('en')} invoices …`);
  const { invoiceId } = await prepareDatabase(url, options.invoices);
  const env = { POSTGRES_URL: url, PORT: '0', VATEVO_ENV: 'test', VATEVO_WEBHOOKS: 'off' };
  const main = path.join(root, 'apps/api/dist/main.js');
  const servers = {
    limit: await startServer(path.join(import.meta.dirname, 'limit.js'), env),
    byHand: await startServer(path.join(import.meta.dirname, 'baseline.js'), env),
    ours: await startServer(main, env),
    several: await startServer(main, { ...env, WEB_CONCURRENCY: String(PROCESSES), DB_POOL_SIZE: '5' }),
  };
  console.log(
    `\nroute                     limit/s  by hand/s     ours/s  ${PROCESSES} proc./s   to limit  to by hand   legacy/s  times legacy`,
  );
  for (const scenario of scenarios(invoiceId)) {
    const turns = await measureInTurns(servers, scenario);
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
  await Promise.all(Object.values(servers).map((each) => each.stop()));

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

  console.log('\none lookup by key, one after the other      µs      times pg');
  const overhead = await measureOverhead(url, invoiceId);
  const first = overhead[0]?.microseconds ?? 1;
  for (const { name, microseconds } of overhead) {
    console.log(
      `${name.padEnd(38)} ${microseconds.toFixed(0).padStart(7)} ${(microseconds / first).toFixed(2).padStart(13)}`,
    );
  }
} finally {
  await server.dispose();
}
