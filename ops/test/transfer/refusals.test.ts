import { EventEmitter, once } from 'node:events';
import { startProxy } from '@vatevo/test-kit/message-proxy';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { sql, withClient } from '../support/sql.ts';
import { FaultBench, kill, nth, nthCopyData } from './support/bench.ts';
import { callOps, callTransfer, startTransfer } from './support/command.ts';
import { makeSource } from './support/source.ts';
import { stateOf } from './support/target.ts';

const THEIRS = `INSERT INTO tenants (id, name, api_key_hash, api_key_prefix) VALUES (4711, 'Theirs', repeat('0', 64), 'vat_')`;

/** Few, where nothing is stopped in the midst of them. */
const EVENTS = 600;

let bench: FaultBench;
let url: string;
beforeAll(async () => {
  bench = await FaultBench.open({ events: EVENTS });
});
afterAll(() => bench.close());
beforeEach(async () => {
  url = await bench.targets.create();
});
afterEach(() => bench.targets.drop(url));

it('refuses a source that a writer holds, and takes it when the writer is gone', async () => {
  const writer = new Database(bench.source);
  writer.exec('BEGIN EXCLUSIVE');
  const { code, stderr } = await callTransfer(bench.source, url);
  writer.exec('ROLLBACK');
  writer.close();
  expect({ code, stderr }).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('locked by another process'),
  });
  await bench.expectRecovery(url);
});

it('lets one of two transfers work, and ends the other with 7 after it waited', async () => {
  const continued = new EventEmitter();
  const stalled = new EventEmitter();
  let first = true;
  const proxy = await startProxy(url, async ({ type }) => {
    if (type !== 'd' || !first) return;
    first = false;
    stalled.emit('now');
    await once(continued, 'now');
  });
  const one = startTransfer(bench.source, proxy.url);
  await once(stalled, 'now');
  const two = await callTransfer(bench.source, url);
  expect(two).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('Another transfer into this database is running'),
  });
  // It waits 10 s by its own clock: only that it did wait is asserted.
  expect(two.ms).toBeGreaterThan(9_000);
  continued.emit('now');
  expect(await one.ended).toMatchObject({ code: 0 });
  await proxy.close();
  await bench.expectRecovery(url);
});

it('does not wait for ever for somebody who uses the tables', async () => {
  await withClient(url, async (client) => {
    await client.query('BEGIN; SELECT FROM tenants');
    const { code, stderr } = await callTransfer(bench.source, url);
    expect({ code, stderr }).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('using the tables of the target'),
    });
    await client.query('COMMIT');
  });
  await bench.expectRecovery(url);
});

it('waits for the lock of a killed run', async () => {
  const LOCK = `SELECT pg_advisory_lock(130193529335553), pg_sleep(3)`;
  const held = sql(url, LOCK);
  const run = startTransfer(bench.source, url);
  await held;
  expect(await run.ended).toMatchObject({ code: 0 });
});

it('refuses a source that does not fit, before anything is begun', async () => {
  const source = makeSource(bench.folder, 'large.db');
  for (const command of ['inspect', 'transfer']) {
    const args = ['--source', source, '--target-free-space', '1.5MB'];
    const { code, stderr } = await callOps(command, args, url);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/The target has 2 MB free, but the source holds \d+ MB/),
    });
  }
  expect(
    await callOps('inspect', ['--source', bench.source, '--target-free-space', 'much'], url),
  ).toMatchObject({ code: 2 });
  expect(await stateOf(url)).toBeUndefined();
});

it('never mixes two states of a source', async () => {
  const source = makeSource(bench.folder, 'changing.db');
  const proxy = await startProxy(url, (message) => {
    if (killed || !when(message)) return;
    killed = true;
    void kill(run, message);
  });
  let killed = false;
  const when = nthCopyData(15);
  const run = startTransfer(source, proxy.url);
  await run.ended;
  await proxy.close();
  expect(await stateOf(url)).toBe('copying');
  const db = new Database(source);
  db.exec(`UPDATE tenants SET name = 'Changed' WHERE id = 1`);
  db.close();

  const before = await loaded();
  for (const args of [[], ['--resume']]) {
    const { code, stderr } = await callTransfer(source, url, args);
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/in another state .* bring that state back .* --discard-unfinished/s),
    });
  }
  // Another file than the one it began with is no better.
  expect(await callTransfer(bench.source, url)).toMatchObject({ code: 5 });
  expect(await loaded()).toEqual(before);

  expect(await callTransfer(source, url, ['--discard-unfinished'])).toMatchObject({ code: 0 });
  expect(await sql(url, 'SELECT name FROM tenants WHERE id = 1')).toEqual([{ name: 'Changed' }]);
});

it('refuses a target with rows that are not its own, and touches nothing, whatever it is told', async () => {
  await sql(url, THEIRS);
  for (const args of [[], ['--resume'], ['--discard-unfinished']]) {
    const { code, stderr } = await callTransfer(bench.source, url, args);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('already holds rows that no transfer put there'),
    });
  }
  expect(await sql(url, 'SELECT name FROM tenants')).toEqual([{ name: 'Theirs' }]);
  expect(await stateOf(url)).toBeUndefined();
});

it('refuses to resume over rows that were put in between, or to discard them', async () => {
  // Killed when some rows are in, and not all: with few, that is between their tables.
  await bench.disturbed(url, nth(1, /INSERT INTO vatevo_transfer\.range/), kill);
  expect(await stateOf(url)).toBe('copying');
  await sql(url, THEIRS);
  const before = await loaded();
  for (const args of [[], ['--resume'], ['--discard-unfinished']]) {
    const { code, stderr } = await callTransfer(bench.source, url, args);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/tenants of the target holds \d+ rows, .* loaded \d+/),
    });
  }
  expect(await loaded()).toEqual(before);
  await sql(url, `DELETE FROM tenants WHERE name = 'Theirs'`);
  await bench.expectRecovery(url);
});

/** What an unfinished run has loaded so far. */
async function loaded(): Promise<unknown> {
  return sql(
    url,
    `SELECT (SELECT count(*) FROM tenants) AS tenants, (SELECT count(*) FROM invoices) AS invoices,
            (SELECT count(*) FROM webhook_events) AS events, (SELECT count(*) FROM vatevo_transfer.range) AS ranges`,
  );
}
