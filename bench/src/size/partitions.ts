import type pg from 'pg';
import { median } from '../transfer/table.ts';

/** One and the same rows, in one table and in a table of partitions. */
export interface PartitionCost {
  readonly partitions: number;
  /** Microseconds of one lookup by the key, as the client sees it. */
  readonly lookup: readonly [whole: number, partitioned: number];
  /** The same for the next tenant that has something due, which no key leads to: every partition is asked. */
  readonly nextTenant: readonly [whole: number, partitioned: number];
  /** Bytes of the largest partition with its indexes, for each of the table's. */
  readonly largestShare: number;
}

const LOOKUP = (table: string) => `SELECT * FROM ${table} WHERE tenant_id = $1 AND id = $2`;
const NEXT_TENANT = (table: string) =>
  `SELECT tenant_id FROM ${table} WHERE NOT delivered AND next_attempt_at IS NOT NULL AND tenant_id > $1
   ORDER BY tenant_id, next_attempt_at LIMIT 1`;

const TURNS = 200;

/** Copies the events into a table that is partitioned by hash of the tenant, and compares the two. */
export async function measurePartitions(client: pg.Client, partitions: number): Promise<PartitionCost> {
  await client.query(
    `CREATE TABLE parts (LIKE webhook_events INCLUDING DEFAULTS INCLUDING INDEXES) PARTITION BY HASH (tenant_id)`,
  );
  for (let n = 0; n < partitions; n++) {
    await client.query(
      `CREATE TABLE parts_${n} PARTITION OF parts FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${n})`,
    );
  }
  await client.query('INSERT INTO parts SELECT * FROM webhook_events');
  await client.query('VACUUM ANALYZE parts');
  const { rows: samples } = await client.query<{ tenant_id: number; id: number }>(
    `SELECT tenant_id, id FROM webhook_events TABLESAMPLE SYSTEM (20) LIMIT ${TURNS}`,
  );
  const inTurns = async (of: (table: string) => string, valuesOf: (n: number) => unknown[]) => {
    const taken: [number[], number[]] = [[], []];
    for (let n = 0; n < TURNS; n++) {
      for (const [i, table] of ['webhook_events', 'parts'].entries()) {
        const start = performance.now();
        await client.query({ name: `${table}-${of(table).length}`, text: of(table), values: valuesOf(n) });
        taken[i]?.push((performance.now() - start) * 1000);
      }
    }
    return taken.map(median) as [number, number];
  };
  const sample = (n: number) => samples[n % samples.length] ?? { tenant_id: 0, id: 0 };
  const lookup = await inTurns(LOOKUP, (n) => [sample(n).tenant_id, sample(n).id]);
  const nextTenant = await inTurns(NEXT_TENANT, (n) => [sample(n).tenant_id]);
  const { rows } = await client.query<{ share: number }>(
    `SELECT (max(pg_total_relation_size(relid)) / sum(pg_total_relation_size(relid)))::float AS share
     FROM pg_partition_tree('parts') WHERE isleaf`,
  );
  await client.query('DROP TABLE parts');
  return { partitions, lookup, nextTenant, largestShare: rows[0]?.share ?? 1 };
}
