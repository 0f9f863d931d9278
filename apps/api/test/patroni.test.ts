import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { hasPatroni, type PatroniCluster, patroniVersion, startPatroni } from '@vatevo/test-kit/patroni';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiProcesses } from './support/api-process.ts';
import { SureWriters } from './support/sure-writers.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';
const WAYS = ['hosts', 'proxy'] as const;
type Way = (typeof WAYS)[number];
const WRITERS = 4;
/** Milliseconds in which each request is answered: a COMMIT may wait for a standby as long as DB_STATEMENT_TIMEOUT lets it. */
const LONGEST_MS = 20_000;

/** As the runbook has them. */
function documentedSettings() {
  const runbook = readFileSync(path.resolve(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
  const found = (pattern: RegExp) => {
    const [, text] = pattern.exec(runbook) ?? [];
    if (text === undefined) throw new Error(`docs/runbook.md has nothing like ${pattern}.`);
    return text;
  };
  return {
    dynamic: found(/```yaml\n(# patroni\.yml.*?)\n```/s),
    defaultServer: found(/^(default-server .*)$/m),
  };
}

describe.runIf(LONG && hasPatroni)(
  'under Patroni (needs patroni, etcd and haproxy)',
  { timeout: 300_000 },
  () => {
    const processes = new ApiProcesses();
    const writers = {} as Record<Way, SureWriters>;
    let cluster: PatroniCluster;

    beforeAll(async () => {
      cluster = await startPatroni(documentedSettings());
      const target = parseConfig({ POSTGRES_URL: cluster.urls.hosts }).database as PostgresTarget;
      await deployMigrations(target);
      await setUpRoles(target);
      for (const way of WAYS) {
        const api = await processes.start({ POSTGRES_URL: cluster.urls[way], VATEVO_WEBHOOKS: 'off' });
        const key = await (await api.client()).newTenant(way);
        writers[way] = new SureWriters(await api.url(), key, WRITERS);
      }
      console.log(patroniVersion());
    }, 120_000);
    afterAll(async () => {
      await processes.end();
      await cluster?.stop();
    });

    /** The longest time without a write that was acknowledged, of those told. */
    const outage = (told: SureWriters['told']): number => {
      const served = told.filter(({ status }) => status === 200).map(({ at }) => at);
      return Math.max(...served.map((at, index) => at - (served[index - 1] ?? at)));
    };

    it.each([
      ['the leader dies with its machine', (leader: { kill(): void }) => leader.kill()],
      ['a switchover', () => cluster.switchover()],
      ["the leader's PostgreSQL is killed", (leader: { killPostgres(): void }) => leader.killPostgres()],
    ] as const)('%s', async (what, happen) => {
      await cluster.whole();
      const leader = await cluster.leader();
      const since = { hosts: writers.hosts.mark(), proxy: writers.proxy.mark() };
      await expect.poll(() => WAYS.every((way) => since[way]().length > 10)).toBe(true);
      await happen(leader);
      const at = performance.now();
      // It can take some seconds until anything happens at all.
      await sleep(8_000);
      const servesAgain = (way: Way) => {
        const last = since[way]().slice(-10);
        return last.every(({ status, at: end }) => status === 200 && end > at + 8_000);
      };
      await expect.poll(() => WAYS.every(servesAgain), { timeout: 120_000, interval: 100 }).toBe(true);
      for (const way of WAYS) {
        const told = since[way]();
        console.log(`${what}, by ${way}: no write for ${(outage(told) / 1000).toFixed(1)} s`);
        expect(told.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
        expect(Math.max(...told.map(({ ms }) => ms))).toBeLessThan(LONGEST_MS);
      }
      if (what.includes('machine')) leader.start();
    });

    it('what was acknowledged is stored, once, and nothing else', async () => {
      await Promise.all(WAYS.map((way) => writers[way].stop()));
      const { createDbClient } = await import('@vatevo/db');
      const db = createDbClient({ config: parseConfig({ POSTGRES_URL: cluster.urls.hosts }) });
      try {
        const rows = await db.invoice.findMany({
          select: { externalId: true, tenant: { select: { name: true } } },
        });
        for (const way of WAYS) {
          const stored = rows.filter(({ tenant }) => tenant.name === way).map(({ externalId }) => externalId);
          expect(stored.sort()).toEqual([...writers[way].acknowledged].sort());
        }
      } finally {
        await db.close();
      }
    });
  },
);
