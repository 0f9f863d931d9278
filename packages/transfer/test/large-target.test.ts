import { transfer, verifyTransfer } from '@vatevo/transfer';
import type { ClientBase } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { furthest } from '../src/target/postgres/furthest.ts';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const SQLITE = `
  CREATE TABLE invoices (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL, note TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  INSERT INTO invoices SELECT i, i % 7 - 3, 'note ' || i FROM n;`;

const COLUMNS = 'id bigserial NOT NULL, tenant_id int NOT NULL, note text';

describe('an id behind its tenant in the key', () => {
  const counted = { schema: 'public', table: 'invoices', column: 'id' };

  /** The highest id, or the lowest, and how many rows of the table were read in its order to find it. */
  async function look({ query }: Pair, isDescending: boolean) {
    const client = { query: async (sql: string, values?: unknown[]) => ({ rows: await query(sql, values) }) };
    await query('BEGIN');
    const found = await furthest(client as unknown as ClientBase, { ...counted, isDescending });
    const [stats] = await query<{ rows: number }>(
      `SELECT seq_tup_read::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'invoices'`,
    );
    await query('COMMIT');
    return { found, scanned: stats?.rows };
  }

  it('is found without a scan of the table', async () => {
    pair = await makePair(SQLITE, `CREATE TABLE invoices (${COLUMNS}, PRIMARY KEY (tenant_id, id))`);
    expect(await look(pair, false)).toEqual({ found: null, scanned: 0 });
    await transfer(pair.endpoints);
    expect(await look(pair, false)).toEqual({ found: '500', scanned: 0 });
    expect(await look(pair, true)).toEqual({ found: '1', scanned: 0 });
    await pair.query(`SELECT setval('invoices_id_seq', 499)`);
    expect(await verifyTransfer(pair.endpoints)).toMatchObject({
      equal: false,
      sequencesBehind: [{ table: 'invoices', next: 500n, highest: 500n }],
    });
  });

  it('is found by a scan where the columns before it have too many values', async () => {
    pair = await makePair(SQLITE, `CREATE TABLE invoices (${COLUMNS}, PRIMARY KEY (tenant_id, id))`);
    await pair.query('INSERT INTO invoices SELECT i, i FROM generate_series(1, 10002) i; ANALYZE invoices');
    expect(await look(pair, false)).toEqual({ found: '10002', scanned: 10_002 });
  });
});

describe('a table that is partitioned by hash of the tenant', () => {
  it('is loaded, and digested partition by partition', async () => {
    pair = await makePair(
      SQLITE,
      `CREATE TABLE invoices (${COLUMNS}, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
       CREATE SCHEMA "other place";
       CREATE TABLE invoices_0 PARTITION OF invoices FOR VALUES WITH (MODULUS 2, REMAINDER 0);
       CREATE TABLE "other place"."odd "" name" PARTITION OF invoices FOR VALUES WITH (MODULUS 2, REMAINDER 1)
         PARTITION BY RANGE (tenant_id);
       CREATE TABLE negative PARTITION OF "other place"."odd "" name" FOR VALUES FROM (MINVALUE) TO (0);
       CREATE TABLE others PARTITION OF "other place"."odd "" name" DEFAULT`,
    );
    await transfer(pair.endpoints);
    expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true, sequencesBehind: [] });
    expect(await pair.query(`SELECT last_value::int FROM invoices_id_seq`)).toEqual([{ last_value: 500 }]);
    await pair.query(`UPDATE others SET note = 'another' WHERE id = (SELECT max(id) FROM others)`);
    const { differences } = await verifyTransfer(pair.endpoints);
    expect(differences).toMatchObject([{ kind: 'changed', table: 'invoices' }]);
  });
});
