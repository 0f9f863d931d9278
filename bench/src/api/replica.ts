import path from 'node:path';
import { type LocalPostgres, startStandby } from '@vatevo/local-postgres';
import { processorMs } from '../processor-time.ts';
import { root } from '../root.ts';
import { median } from '../transfer/table.ts';
import { measure } from './measure.ts';
import { type Scenario, scenarios } from './requests.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** What one turn of reads took. */
interface Turn {
  readonly readsASecond: number;
  /** Milliseconds of the processor for a thousand reads. */
  readonly primaryMs: number;
  readonly standbyMs: number;
  /** Of the API. */
  readonly apiMs: number;
}

/** The same reads by the API with the primary alone, and with a replica. */
export interface ReplicaResult {
  readonly name: string;
  readonly without: Turn;
  readonly with: Turn;
  /** Of the reads with a replica, how many it answered: 0 to 1. */
  readonly byReplica: number;
}

export interface ReplicaOptions {
  /** A database on the primary, made by `prepareDatabase`. */
  readonly database: string;
  readonly invoiceId: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Measures reads in turns, so that what else the machine does meets both. Medians count. */
export async function measureReplica(
  primary: LocalPostgres,
  { database, invoiceId, rounds, seconds }: ReplicaOptions,
): Promise<ReplicaResult[]> {
  const standby = await startStandby(primary, { shared_buffers: '512MB' });
  const main = path.join(root, 'apps/api/dist/main.js');
  const env = { POSTGRES_URL: primary.url(database), PORT: '0', VATEVO_ENV: 'test', VATEVO_WEBHOOKS: 'off' };
  const servers = {
    without: await startServer(main, env),
    with: await startServer(main, { ...env, POSTGRES_REPLICA_URLS: standby.url(database) }),
  };

  const turn = async (api: ServerProcess, scenario: Scenario): Promise<Turn> => {
    const pids = [primary.pid, standby.pid, api.pid];
    const before = pids.map(processorMs);
    const readsASecond = await measure(api.url, scenario, seconds);
    const thousands = (readsASecond * seconds) / 1000;
    const used = pids.map((pid, index) => (processorMs(pid) - (before[index] ?? 0)) / thousands);
    const [primaryMs = 0, standbyMs = 0, apiMs = 0] = used;
    return { readsASecond, primaryMs, standbyMs, apiMs };
  };
  try {
    const results: ReplicaResult[] = [];
    for (const scenario of scenarios(invoiceId).filter(({ method }) => method === 'GET')) {
      // Until it is known where the primary is, and its plans are kept.
      for (const { url } of Object.values(servers)) await measure(url, scenario, 2);
      const before = await readsOf(servers.with.url);
      const turns: { without: Turn; with: Turn }[] = [];
      for (let round = 0; round < rounds; round++) {
        turns.push({
          without: await turn(servers.without, scenario),
          with: await turn(servers.with, scenario),
        });
      }
      const after = await readsOf(servers.with.url);
      results.push({
        name: scenario.name,
        without: medianOf(turns.map((each) => each.without)),
        with: medianOf(turns.map((each) => each.with)),
        byReplica: (after.replica - before.replica) / (after.all - before.all),
      });
    }
    return results;
  } finally {
    await Promise.all(Object.values(servers).map((each) => each.stop()));
    await standby.dispose();
  }
}

/** How many reads of tenants a process has counted: by the replica, and in all. */
async function readsOf(url: string): Promise<{ replica: number; all: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = { replica: 0, all: 0 };
  for (const [, from, count] of text.matchAll(/^vatevo_db_tenant_reads_total\{from="(.+)"\} (\d+)$/gm)) {
    counts.all += Number(count);
    if (from === 'replica') counts.replica += Number(count);
  }
  return counts;
}

function medianOf(turns: readonly Turn[]): Turn {
  const middle = (value: (turn: Turn) => number) => median(turns.map(value));
  return {
    readsASecond: middle((turn) => turn.readsASecond),
    primaryMs: middle((turn) => turn.primaryMs),
    standbyMs: middle((turn) => turn.standbyMs),
    apiMs: middle((turn) => turn.apiMs),
  };
}

/** The results as a table of text. */
export function describeReplica(results: readonly ReplicaResult[]): string {
  const lines = results.flatMap(({ name, without, with: replicated, byReplica }) => [
    row(name, 'primary alone', without, ''),
    row('', 'with a replica', replicated, `${(byReplica * 100).toFixed(1)} %`),
  ]);
  const head =
    'route                                    reads/s  primary ms  replica ms      API ms  by the replica\n' +
    '                                                  of the processor for 1000 reads';
  return [head, ...lines].join('\n');
}

function row(name: string, how: string, turn: Turn, share: string): string {
  const numbers = [turn.readsASecond, turn.primaryMs, turn.standbyMs, turn.apiMs];
  const [reads = '', ...ms] = numbers.map((value) => value.toFixed(0));
  return [
    name.padEnd(24),
    how.padEnd(15),
    reads.padStart(8),
    ...ms.map((each) => each.padStart(11)),
    share.padStart(15),
  ].join(' ');
}
