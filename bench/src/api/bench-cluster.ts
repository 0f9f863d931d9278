import path from 'node:path';
import { root } from '../root.ts';
import { median } from '../transfer/table.ts';
import { prepareCluster } from './cluster.ts';
import { measure } from './measure.ts';
import { scenarios } from './requests.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface ClusterOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly invoices: number;
}

/**
 * Prints the requests a second of the API on one server, through a cluster's coordinator, and through all of its servers, measured
 * in turns.
 *
 * @throws Error when VATEVO_CITUS_URL is not set
 */
export async function benchCluster({ seconds, rounds, invoices }: ClusterOptions): Promise<void> {
  const url = process.env.VATEVO_CITUS_URL;
  if (!url)
    throw new Error(
      "Set VATEVO_CITUS_URL to a superuser's URL of a database on the coordinator of a cluster.",
    );
  const cluster = await prepareCluster(url, invoices);
  const { alone, coordinator, all, invoiceIds } = cluster;
  const main = path.join(root, 'apps/api/dist/main.js');
  const servers: Record<'alone' | 'coordinator' | 'all', ServerProcess | undefined> = {
    alone: undefined,
    coordinator: undefined,
    all: undefined,
  };
  const urls = { alone, coordinator, all };
  const names = Object.keys(servers) as (keyof typeof servers)[];
  try {
    for (const name of names) {
      const env = { POSTGRES_URL: urls[name], PORT: '0', VATEVO_ENV: 'test', VATEVO_WEBHOOKS: 'off' };
      servers[name] = await startServer(main, { ...env, DB_POOL_SIZE: '12' });
    }
    console.log(
      `route                    one server/s  coordinator/s  all ${cluster.servers} servers/s  to one  to one`,
    );
    for (const [index, { name: route }] of scenarios(0).entries()) {
      const ask = (name: keyof typeof servers, length: number) => {
        const scenario = scenarios(name === 'alone' ? invoiceIds.alone : invoiceIds.cluster)[index];
        return measure(
          servers[name]?.url as string,
          scenario as ReturnType<typeof scenarios>[number],
          length,
        );
      };
      for (const name of names) await ask(name, 1);
      const turns: Record<keyof typeof servers, number>[] = [];
      for (let round = 0; round < rounds; round++) {
        turns.push({
          alone: await ask('alone', seconds),
          coordinator: await ask('coordinator', seconds),
          all: await ask('all', seconds),
        });
      }
      const cells = [
        route.padEnd(24),
        median(turns.map((turn) => turn.alone))
          .toFixed(0)
          .padStart(13),
        median(turns.map((turn) => turn.coordinator))
          .toFixed(0)
          .padStart(14),
        median(turns.map((turn) => turn.all))
          .toFixed(0)
          .padStart(16),
        median(turns.map((turn) => turn.coordinator / turn.alone))
          .toFixed(2)
          .padStart(7),
        median(turns.map((turn) => turn.all / turn.alone))
          .toFixed(2)
          .padStart(7),
      ];
      console.log(cells.join(' '));
    }
  } finally {
    for (const server of Object.values(servers)) await server?.stop();
    await cluster.dispose();
  }
}
