import type { PgClient, PostgresTarget } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { findDistributed } from '@vatevo/mover/target';
import { findKeysAside, forgetKeysAside } from './aside.ts';
import { atOnce } from './at-once.ts';
import type { ClusterFacts } from './cluster.ts';
import { type Spread, spreadConcurrently } from './concurrently.ts';
import { finish } from './finish.ts';
import { dropLeftParts } from './left-parts.ts';
import type { DistributeOptions } from './options.ts';
import { refuseUnready } from './ready.ts';
import { aheadOfTheirIds } from './sequences.ts';
import { type Layout, readLayout } from './tables.ts';

export type Done = ReadonlyMap<string, Spread>;

/** Spreads what is not spread yet. */
export async function spread(
  client: PgClient,
  target: PostgresTarget,
  facts: ClusterFacts,
  options: DistributeOptions,
  run: Run,
): Promise<Done> {
  const { report } = run;
  const { timeoutMs, shards } = options;
  const concurrently = options.what === 'concurrently';
  await dropLeftParts(client);
  const layout = await readLayout(client);
  const all = [...layout.reference, ...layout.spread.map(({ name }) => name)];
  const distributed = new Set((await findDistributed(client)).map(({ name }) => name));
  const aside = await findKeysAside(client);
  if (all.every((name) => distributed.has(name)) && aside === undefined) return new Map();
  await report.step('Check whether all is ready', () =>
    refuseUnready(client, target, facts, { layout, distributed, aside, concurrently }, run),
  );
  const done = concurrently
    ? await spreadConcurrently(client, target, layout, options, run)
    : await spreadAtOnce(client, facts, layout, { timeoutMs, shards }, run);
  await report.step('Move the sequences of the workers ahead', () => aheadOfTheirIds(client, layout.spread));
  await finish(client, target, layout, run);
  await forgetKeysAside(client);
  return done;
}

async function spreadAtOnce(
  client: PgClient,
  facts: ClusterFacts,
  layout: Layout,
  { timeoutMs, shards }: Pick<DistributeOptions, 'timeoutMs' | 'shards'>,
  { report }: Run,
): Promise<Done> {
  const all = [...layout.reference, ...layout.spread.map(({ name }) => name)];
  const done = await report.step('Distribute the tables', (step) =>
    atOnce(client, all, timeoutMs, async () => {
      for (const { table, name } of layout.keys)
        await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
      for (const name of layout.reference) await client.query('SELECT create_reference_table($1)', [name]);
      const [first] = layout.spread;
      for (const { name, by } of layout.spread) {
        const how = name === first?.name ? ['none', shards] : [first?.name, null];
        await client.query(
          'SELECT create_distributed_table($1, $2, colocate_with => $3, shard_count => $4)',
          [name, by, ...how],
        );
        report.note(`${name} by ${by}`);
      }
      for (const { table, name, definition } of layout.keys) {
        await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
      }
      step.detail(`${facts.workers} workers, ${shards} parts each`);
    }),
  );
  // The rows that are on the workers now are on the coordinator's disk as well.
  await report.step('Free the room of what was moved', async () => {
    await client.query(
      'SELECT truncate_local_data_after_distributing_table(name::regclass) FROM unnest($1::text[]) AS name',
      [all],
    );
  });
  return done;
}
