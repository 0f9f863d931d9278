// Entry point of `pnpm bench:api`.
import path from 'node:path';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { Command } from 'commander';
import { root } from '../root.ts';
import { measure } from './measure.ts';
import { measureOverhead } from './overhead.ts';
import { prepareDatabase } from './prepare.ts';
import { scenarios } from './requests.ts';
import { startServer } from './server-process.ts';

const options = new Command('bench:api')
  .description('The API beside the same routes written by hand on Express and pg, 16 connections')
  .option('--seconds <n>', 'length of one measurement', Number, 1)
  .option('--rounds <n>', 'measurements of each, in turns; medians count', Number, 15)
  .option('--invoices <n>', 'rows in the table', Number, 1_000_000)
  .parse()
  .opts<{ seconds: number; rounds: number; invoices: number }>();

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const server = await startLocalPostgres({ settings: { shared_buffers: '512MB' } });
try {
  const url = await server.createDatabase('bench');
  console.log(`Preparing ${options.invoices.toLocaleString('en')} invoices …`);
  const { invoiceId } = await prepareDatabase(url, options.invoices);
  const env = { POSTGRES_URL: url, PORT: '0', VATEVO_ENV: 'test', VATEVO_WEBHOOKS: 'off' };
  const ours = await startServer(path.join(root, 'apps/api/dist/main.js'), env);
  const byHand = await startServer(path.join(import.meta.dirname, 'baseline.js'), env);
  console.log('\nroute                      by hand/s     ours/s      ratio   legacy/s  times legacy');
  for (const scenario of scenarios(invoiceId)) {
    for (const server of [byHand, ours]) await measure(server.url, scenario, 1);
    // In short turns, so that what else the machine does meets both.
    const turns: { readonly hand: number; readonly own: number }[] = [];
    for (let round = 0; round < options.rounds; round++) {
      turns.push({
        hand: await measure(byHand.url, scenario, options.seconds),
        own: await measure(ours.url, scenario, options.seconds),
      });
    }
    const hand = median(turns.map((turn) => turn.hand));
    const own = median(turns.map((turn) => turn.own));
    const ratio = median(turns.map((turn) => turn.own / turn.hand));
    const cells = [
      scenario.name.padEnd(24),
      hand.toFixed(0).padStart(11),
      own.toFixed(0).padStart(10),
      ratio.toFixed(2).padStart(10),
      String(scenario.legacy).padStart(10),
      (own / scenario.legacy).toFixed(1).padStart(13),
    ];
    console.log(cells.join(' '));
  }
  await byHand.stop();
  await ours.stop();

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
