import type { PgClient, PostgresTarget } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { findDistributed } from '@vatevo/mover/target';
import { findKeysAside, forgetKeysAside, setKeysAside } from './aside.ts';
import { atOnce } from './at-once.ts';
import { briefly } from './briefly.ts';
import type { ClusterFacts } from './cluster.ts';
import { type Spread, spreadConcurrently } from './concurrently.ts';
import { finish } from './finish.ts';
import { dropLeftParts } from './left-parts.ts';
import type { DistributeOptions } from './options.ts';
import { refuseUnready } from './ready.ts';
import { restoreKeys } from './restore-keys.ts';
import { aheadOfTheirIds } from './sequences.ts';
import { type Layout, namesOf, readLayout } from './tables.ts';

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
  const all = namesOf(layout);
  const distributed = new Set((await findDistributed(client)).map(({ name }) => name));
  const aside = await findKeysAside(client);
  const isLeft = all.some((name) => !distributed.has(name));
  if (!isLeft && aside === undefined) return new Map();
  await report.step('Check whether all is ready', () =>
    refuseUnready(client, target, facts, { layout, distributed, aside, isLeft, concurrently }, run),
  );
  let done: Done = new Map();
  if (isLeft) {
    done = concurrently
      ? await spreadConcurrently(client, target, layout, options, run)
      : await spreadAtOnce(client, facts, layout, { timeoutMs, shards }, run);
  }
  await restoreKeys(client, timeoutMs, run);
  await report.step('Free the room of what was moved', () => freeRoom(client, all, timeoutMs, run));
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
  return report.step('Distribute the tables', (step) =>
    atOnce(client, namesOf(layout), timeoutMs, async () => {
      // They are restored below. That they were set aside says, until all is done, that it is not.
      await setKeysAside(client, layout.keys);
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
}

/** The rows that are on the workers now are on the coordinator's disk as well. */
async function freeRoom(
  client: PgClient,
  tables: readonly string[],
  timeoutMs: number,
  { signal }: Run,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE pg_relation_size(name::regclass) > 0',
    [tables],
  );
  for (const { name } of rows) {
    await briefly(client, timeoutMs, signal, () =>
      client.query('SELECT truncate_local_data_after_distributing_table($1)', [name]),
    );
  }
}
