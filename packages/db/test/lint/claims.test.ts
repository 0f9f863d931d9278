import { testDatabase } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepsRows } from '../../src/check/lint/keeps-rows.ts';
import { STEADY_FUNCTIONS } from '../../src/check/lint/volatility.ts';
import { BASE } from './support/base.ts';
import { CASES, type Case } from './support/cases.ts';

// What the findings say of PostgreSQL, proved on one.

/** Everything that keeps writers, or readers too, waiting. */
const STRONG = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];

let database: Awaited<ReturnType<typeof testDatabase>>;
let client: pg.Client;

async function open(): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: database.url, ssl: false });
  await opened.connect();
  return opened;
}

beforeAll(async () => {
  database = await testDatabase();
  client = await open();
  await reset();
});

// Outside a transaction it says so and does nothing.
afterEach(() => client.query('ROLLBACK'));

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** The base with rows in it, in place of whatever the test before left. */
async function reset(): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS old CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;');
  await client.query(BASE);
  await client.query(`
    INSERT INTO tenants (name) SELECT 'tenant ' || n FROM generate_series(1, 3) AS n;
    INSERT INTO invoices (tenant_id, number, amount, pages, note, sent_at, code)
      SELECT 1 + n % 3, n, n, 1 + n, 'note', now(), n FROM generate_series(1, 50) AS n;
    ANALYZE;`);
}

async function fileOf(table: string): Promise<string> {
  const { rows } = await client.query('SELECT relfilenode FROM pg_class WHERE oid = to_regclass($1)', [
    table,
  ]);
  return String(rows[0]?.relfilenode);
}

/** How often a table was read from end to end in this transaction. */
async function scansOf(table: string): Promise<number> {
  const { rows } = await client.query(
    'SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = to_regclass($1)',
    [table],
  );
  return Number(rows[0]?.seq_scan ?? 0);
}

/** The strong locks that this transaction has on a relation, by its oid: its name may be gone. */
async function locksOn(oid: string): Promise<string[]> {
  const { rows } = await client.query(
    'SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND relation = $1',
    [oid],
  );
  return rows.map(({ mode }) => String(mode)).filter((mode) => STRONG.includes(mode));
}

async function oidOf(name: string): Promise<string> {
  const { rows } = await client.query('SELECT to_regclass($1)::oid AS oid', [name]);
  return String(rows[0]?.oid);
}

const claimed = CASES.filter(
  (test): test is Case & Required<Pick<Case, 'claim'>> => test.claim !== undefined,
);

describe.each(claimed)('$bad', ({ bad, claim }) => {
  const { table = 'invoices', lock, rewrites, reads, fails, outside } = claim;

  it('does what its finding says', async () => {
    if (fails) {
      await expect(client.query(bad)).rejects.toThrow(fails);
      return;
    }
    if (outside) await reset();
    const before = await fileOf(table);
    if (outside) {
      const reader = await open();
      try {
        await reader.query(`BEGIN; SELECT count(*) FROM ${table};`);
        await client.query('SET lock_timeout = 100');
        await expect(client.query(bad)).rejects.toThrow('lock timeout');
        await reader.query('ROLLBACK');
      } finally {
        await client.query('RESET lock_timeout');
        await reader.end();
      }
      await client.query(bad);
      expect((await fileOf(table)) !== before).toBe(rewrites);
      return;
    }
    const oid = await oidOf(table);
    await client.query('BEGIN');
    const scans = await scansOf(table);
    await client.query(bad);
    if (lock) expect(await locksOn(oid)).toContain(lock);
    if (lock === 'ShareLock' || lock === 'ShareRowExclusiveLock') {
      expect(await locksOn(oid)).not.toContain('AccessExclusiveLock');
    }
    if (rewrites !== undefined) expect((await fileOf(table)) !== before).toBe(rewrites);
    if (reads !== undefined) expect((await scansOf(table)) > scans).toBe(reads);
  });
});

describe('a proof that goes in the statement that needs it', () => {
  it('does not spare the reading of the table', async () => {
    await reset();
    await client.query('ALTER TABLE invoices ADD CONSTRAINT c CHECK (number IS NOT NULL)');
    await client.query('BEGIN');
    const scans = await scansOf('invoices');
    await client.query('ALTER TABLE invoices ALTER COLUMN number SET NOT NULL, DROP CONSTRAINT c');
    expect(await scansOf('invoices')).toBeGreaterThan(scans);
  });
});

const safeWays = CASES.flatMap(({ safe = [] }) =>
  safe.map((scripts) => ({ scripts, name: scripts.join(' ') })),
);

describe.each(safeWays)('the safe way $name', ({ scripts }) => {
  it('neither rewrites a table nor reads it under a lock in which others wait', async () => {
    await reset();
    for (const script of scripts) {
      // What has to be alone runs outside a transaction, as the deploy runs it.
      if (/CONCURRENTLY|VACUUM/.test(script)) {
        await client.query(script);
        continue;
      }
      const tables = ['invoices', 'tenants'];
      const files = await Promise.all(tables.map(fileOf));
      const oids = await Promise.all(tables.map(oidOf));
      await client.query('BEGIN');
      const scans = await Promise.all(tables.map(scansOf));
      await client.query(script);
      for (const [index, table] of tables.entries()) {
        const isGone = (await fileOf(table)) === 'undefined';
        if (!isGone) expect(await fileOf(table)).toBe(files[index]);
        const locks = await locksOn(oids[index] ?? '');
        if (!isGone && locks.length > 0) expect(await scansOf(table)).toBe(scans[index]);
      }
      await client.query('COMMIT');
    }
  });
});

describe('an index that failed to be built', () => {
  it('stays, invalid, and is taken for the index by IF NOT EXISTS', async () => {
    await reset();
    const valid = async () => {
      const { rows } = await client.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass");
      return rows[0]?.indisvalid;
    };
    const writer = await open();
    await writer.query("BEGIN; UPDATE invoices SET note = 'x' WHERE id = 1;");
    await client.query('SET lock_timeout = 100');
    const build = client.query('CREATE INDEX CONCURRENTLY i ON invoices (note)');
    await expect(build).rejects.toThrow('lock timeout');
    await client.query('RESET lock_timeout');
    await writer.end();
    await client.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON invoices (note)');
    expect(await valid()).toBe(false);
    await client.query('DROP INDEX CONCURRENTLY i');
    await client.query('CREATE INDEX CONCURRENTLY i ON invoices (note)');
    expect(await valid()).toBe(true);
  });
});

describe('dropping a table that points to another', () => {
  it('locks the other one as well', async () => {
    await reset();
    await client.query('CREATE TABLE notes (tenant_id integer REFERENCES tenants (id))');
    const oid = await oidOf('tenants');
    await client.query('BEGIN; DROP TABLE notes;');
    expect(await locksOn(oid)).toContain('AccessExclusiveLock');
  });
});

describe('a change of type that passes', () => {
  const TYPES = [
    ['varchar', [5]],
    ['varchar', [10]],
    ['varchar', []],
    ['bpchar', [5]],
    ['bpchar', [10]],
    ['text', []],
    ['numeric', [10, 2]],
    ['numeric', [12, 2]],
    ['numeric', [12, 3]],
    ['numeric', [12]],
    ['numeric', [12, 0]],
    ['numeric', []],
    ['timestamp', [3]],
    ['timestamp', []],
    ['timestamptz', [3]],
    ['timestamptz', [6]],
    ['timestamptz', []],
    ['time', [0]],
    ['time', []],
    ['timetz', [3]],
    ['timetz', []],
    ['varbit', [4]],
    ['varbit', [8]],
    ['varbit', []],
    ['bit', [4]],
    ['cidr', []],
    ['inet', []],
    ['int4', []],
    ['int8', []],
    ['json', []],
    ['jsonb', []],
    ['interval', []],
  ] as const;
  const types = TYPES.flatMap(([name, modifiers]) =>
    [false, true].map((isArray) => ({ name, modifiers, isArray })),
  );
  const sql = ({ name, modifiers, isArray }: (typeof types)[number]) =>
    `${name}${modifiers.length > 0 ? `(${modifiers})` : ''}${isArray ? '[]' : ''}`;

  it.each(types.map((from) => ({ from, name: sql(from) })))(
    'rewrites neither the table nor its indexes: from $name',
    async ({ from }) => {
      await client.query('BEGIN');
      for (const to of types) {
        if (!keepsRows(from, to)) continue;
        await client.query(`DROP TABLE IF EXISTS typed; CREATE TABLE typed (a ${sql(from)});`);
        if (from.name !== 'json') await client.query('CREATE INDEX typed_a ON typed (a)');
        const before = [await fileOf('typed'), await fileOf('typed_a')];
        await client.query(
          `INSERT INTO typed VALUES (NULL); ALTER TABLE typed ALTER COLUMN a TYPE ${sql(to)};`,
        );
        expect([await fileOf('typed'), await fileOf('typed_a')], `${sql(from)} → ${sql(to)}`).toEqual(before);
      }
      await client.query('ROLLBACK');
    },
  );
});

describe('a function that counts as steady', () => {
  it('is volatile in none of its forms', async () => {
    const { rows } = await client.query(
      `SELECT proname AS name, bool_or(provolatile = 'v') AS volatile FROM pg_proc
       WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY($1) GROUP BY proname`,
      [[...STEADY_FUNCTIONS]],
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...STEADY_FUNCTIONS].sort());
    expect(rows.filter(({ volatile }) => volatile)).toEqual([]);
  });
});
