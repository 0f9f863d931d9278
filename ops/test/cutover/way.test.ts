import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome } from '../support/run-script.ts';
import { withClient } from '../support/sql.ts';
import { LONG, nth } from '../transfer/support/bench.ts';
import { contentOf } from '../transfer/support/target.ts';
import { begin, disturbed, MoveBench, type Step, take, takers, write } from './support/move.ts';

let bench: MoveBench;
beforeAll(async () => {
  bench = await MoveBench.open();
});
afterAll(() => bench.close());

/** Everything that commands said in a test, in which no secret may be. */
class Said {
  #all = '';
  readonly #secrets: string[];

  constructor(file: string, url: string) {
    const db = new Database(file);
    const tenants = db.prepare('SELECT api_key, webhook_secret FROM tenants').all() as Record<
      string,
      string | null
    >[];
    db.close();
    const keys = tenants.flatMap(({ api_key, webhook_secret }) => [
      ...(api_key ? [api_key, createHash('sha256').update(api_key).digest('hex')] : []),
      ...(webhook_secret ? [webhook_secret] : []),
    ]);
    this.#secrets = [...keys, new URL(url).password].filter((secret) => secret.length > 3);
  }

  async run(step: Step | 'status', file: string, url: string, code = 0): Promise<Outcome> {
    return this.heard(step, await take(step, file, url), code);
  }

  heard(step: string, outcome: Outcome, code: number): Outcome {
    this.#all += outcome.stdout + outcome.stderr;
    expect({ step, code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code });
    return outcome;
  }

  expectNoSecret(): void {
    expect(this.#secrets.length).toBeGreaterThan(5);
    for (const secret of this.#secrets) expect(this.#all).not.toContain(secret);
  }
}

it('goes from the legacy file to PostgreSQL, back to a file of ours, there again, and stays', async () => {
  const url = await bench.targets.create();
  const legacy = bench.source();
  const own = `${legacy}.own`;
  const said = new Said(legacy, url);
  await said.run('finish', legacy, url, 4);
  await said.run('start', legacy, url);
  write(legacy);
  await said.run('start', legacy, url);
  await said.run('status', legacy, url);
  await said.run('finish', legacy, url);
  expect(await contentOf(url)).toEqual(bench.moved);
  await said.run('abort', legacy, url, 4);

  // The service writes as the role that owns nothing and sees one tenant, and settles as the one that calls functions alone.
  await withClient(url, async (client) => {
    await client.query(`
      BEGIN; SET LOCAL ROLE vatevo_app; SELECT set_config('vatevo.tenant_id', '1', true);
      UPDATE invoices SET updated_at = '2025-06-01 00:00:00.123456+00';
      COMMIT`);
    const { rows } = await client.query('SELECT id FROM webhook_events WHERE tenant_id = 1');
    await client.query('SET ROLE vatevo_jobs');
    await client.query('SELECT vatevo_settle_deliveries($1, $2, $3, $4)', [
      rows.map(() => 1),
      rows.map(({ id }) => id),
      rows.map(() => true),
      rows.map(() => null),
    ]);
  });
  const there = await contentOf(url);
  await said.run('rollback', own, url);
  expect(await takers(own, url)).toBe('file');
  await said.run('rollback', own, url);
  expect(() => write(legacy)).toThrow(/vatevo_cutover_fence/);

  await said.run('start', own, url);
  await said.run('finish', own, url);
  const { sequences: _, ...again } = await contentOf(url);
  expect(there).toMatchObject(again);
  await withClient(url, (client) => client.query(`UPDATE tenants SET name = 'second ' || name`));
  await said.run('rollback', own, url);
  const db = new Database(own);
  expect(db.prepare(`SELECT count(*) FROM tenants WHERE name NOT LIKE 'second %'`).pluck().get()).toBe(0);
  db.close();

  await said.run('start', own, url);
  await said.run('finish', own, url);
  await said.run('close', own, url);
  await said.run('close', own, url);
  await said.run('rollback', own, url, 4);
  expect(await takers(own, url)).toBe('server');
  said.expectNoSecret();
}, 300_000);

it('shows differences with 6, and no secret', async () => {
  const url = await bench.targets.create();
  const file = bench.source();
  const said = new Said(file, url);
  // An owner can change rows past the fence.
  const outcome = await disturbed('start', file, url, nth(0, /^ANALYZE/), () =>
    withClient(url, async (client) => {
      await client.query(`
        ALTER TABLE tenants DISABLE TRIGGER USER;
        UPDATE tenants SET webhook_secret = reverse(webhook_secret), name = 'other' WHERE id IN (1, 5);
        ALTER TABLE tenants ENABLE TRIGGER USER`);
    }),
  );
  said.heard('start', outcome, 6);
  expect(outcome.stdout).toMatch(/webhook_secret.*\(hidden\)/);
  expect(await takers(file, url)).toBe('file');
  await said.run('abort', file, url);
  await said.run('start', file, url);
  said.expectNoSecret();
}, 120_000);

// That a move refuses it, and shows no secret, packages/cutover shows each time.
it.runIf(LONG)(
  'refuses what PostgreSQL cannot hold with 5, and shows no secret',
  async () => {
    const url = await bench.targets.create();
    const file = bench.source();
    const said = new Said(file, url);
    await said.run('start', file, url);
    const db = new Database(file);
    const exec = (sql: string) => db.exec(sql);
    const [key] = db.prepare('SELECT api_key FROM tenants ORDER BY id').pluck().all() as string[];
    for (const [bad, fix] of [
      [
        `UPDATE tenants SET webhook_secret = CAST(webhook_secret || x'ff' AS TEXT) WHERE id = 5`,
        `UPDATE tenants SET webhook_secret = 'whsec_again' WHERE id = 5`,
      ],
      [
        `UPDATE tenants SET api_key = CAST(api_key AS BLOB) WHERE id = 1`,
        `UPDATE tenants SET api_key = '${key}' WHERE id = 1`,
      ],
      [
        `UPDATE invoices SET total_amount = 'NaN' WHERE id = 1`,
        `UPDATE invoices SET total_amount = '1.00' WHERE id = 1`,
      ],
    ] as const) {
      exec(bad);
      await said.run('finish', file, url, 5);
      expect(await takers(file, url)).toBe('file');
      exec(fix);
    }
    await said.run('finish', file, url);
    db.close();
    said.expectNoSecret();
  },
  300_000,
);

// As packages/cutover shows of two moves each time, and the transfer's tests of two commands.
it.runIf(LONG)(
  'lets one command work at a time, and tells the other with 7',
  async () => {
    const url = await bench.targets.create();
    const file = bench.source();
    const said = new Said(file, url);
    let second: Promise<Outcome> | undefined;
    const first = await disturbed('start', file, url, nth(2, /^COMMIT/), async () => {
      second = begin('start', file, url).ended;
      said.heard('second', await second, 7);
    });
    said.heard('first', first, 0);
    expect(second).toBeDefined();
    write(file);
    await said.run('finish', file, url);
    expect(await contentOf(url)).toEqual(bench.moved);
    expect(existsSync(`${file}-journal`)).toBe(false);
    said.expectNoSecret();
  },
  120_000,
);
