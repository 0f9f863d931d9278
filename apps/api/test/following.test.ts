import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  ClientClosedError,
  ConfigurationError,
  createDbClient,
  type DbClient,
  parseConfig,
  ServerCutover,
} from '@vatevo/db';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FollowingDatabase } from '../src/database/following.ts';
import { createLog } from '../src/log.ts';
import { readSettings } from '../src/settings.ts';
import { type CutoverRecordStand, cutoverRecord } from './support/cutover.ts';
import { engines } from './support/engines.ts';

const [sqlite, postgres] = engines;
if (!sqlite || !postgres) throw new Error('A database is missing from the engines.');

describe('VATEVO_FOLLOW_CUTOVER', () => {
  const both = { DATABASE_URL: 'file:./a.db', POSTGRES_URL: 'postgresql://u:s3cr3t@h/d' };
  const faults = (env: Record<string, string>) => {
    try {
      return readSettings(env).follow;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      expect(error.message).not.toContain('s3cr3t');
      return error.faults.map(({ variable }) => variable);
    }
  };

  it('names two databases, in any environment', () => {
    expect(faults(both)).toBeUndefined();
    expect(faults({ ...both, VATEVO_FOLLOW_CUTOVER: '0' })).toBeUndefined();
    for (const VATEVO_ENV of ['development', 'production'])
      expect(faults({ ...both, VATEVO_ENV, VATEVO_FOLLOW_CUTOVER: '1' })).toMatchObject({
        file: { kind: 'sqlite', file: './a.db' },
        server: { kind: 'postgres', host: 'h' },
      });
  });

  it.each<[Record<string, string>, string[]]>([
    [{ VATEVO_FOLLOW_CUTOVER: 'yes', ...both }, ['VATEVO_FOLLOW_CUTOVER']],
    [{ VATEVO_FOLLOW_CUTOVER: '1', POSTGRES_URL: both.POSTGRES_URL }, ['DATABASE_URL']],
    [{ VATEVO_FOLLOW_CUTOVER: '1', DATABASE_URL: both.DATABASE_URL }, ['POSTGRES_URL']],
    [
      { VATEVO_FOLLOW_CUTOVER: '1', VATEVO_ENV: 'production', DATABASE_URL: both.DATABASE_URL },
      ['POSTGRES_URL'],
    ],
    [{ VATEVO_FOLLOW_CUTOVER: '1', ...both, DATABASE_URL: 'vatevo.db' }, ['DATABASE_URL']],
  ])('is refused where one is missing or wrong: %j', (env, variables) => {
    expect(faults(env)).toEqual(variables);
  });
});

describe('the database that follows a cutover', () => {
  const stores: { env: Record<string, string>; drop(): Promise<void> }[] = [];
  const clients: DbClient[] = [];
  let env: Record<string, string>;
  let file: CutoverRecordStand;
  let server: CutoverRecordStand;
  let served: FollowingDatabase | undefined;
  let logged = '';
  const log = createLog({
    write(line) {
      logged += line;
    },
  });

  beforeAll(async () => {
    for (const engine of [sqlite, postgres]) stores.push(await engine.createStore());
    for (const store of stores) {
      const config = parseConfig(store.env);
      await deployMigrations(config.database);
      if (config.database.kind === 'postgres') await setUpRoles(config.database);
      clients.push(createDbClient({ config }));
    }
    env = { ...stores[0]?.env, ...stores[1]?.env, VATEVO_FOLLOW_CUTOVER: '1' };
    file = cutoverRecord(clients[0] as DbClient);
    server = cutoverRecord(clients[1] as DbClient);
  });
  afterEach(async () => {
    await served?.close();
    await file.remove();
    await server.remove();
    logged = '';
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    for (const store of stores) await store.drop();
  });

  async function follow(changes: Record<string, string> = {}): Promise<FollowingDatabase> {
    const config = readSettings({ ...env, ...changes });
    if (config.follow === undefined) throw new Error('It does not follow.');
    served = await FollowingDatabase.start({ follow: config.follow, pool: config.pool, observer: {}, log });
    return served;
  }

  it('keeps the old one open for answers under way, and closes it behind them', async () => {
    await file.set('capturing');
    await server.set('moving');
    const following = await follow();
    expect([following.target().kind, await following.gate.check()]).toEqual(['sqlite', { ready: true }]);
    const answer = new EventEmitter();
    following.hold(answer as unknown as ServerResponse);
    const tenant = following.db.forTenant(1);

    await file.set('fenced');
    await server.set('serving');
    await expect.poll(() => following.target().kind, { timeout: 10_000 }).toBe('postgres');
    expect(await following.gate.check()).toEqual({ ready: true });
    expect(await following.db.$queryRaw`SELECT pg_is_in_recovery() AS here`).toEqual([{ here: false }]);
    expect(await tenant.invoices({ limit: 1 })).toEqual([]);
    answer.emit('close');
    const closed = () => tenant.invoices({ limit: 1 }).catch((error: unknown) => error);
    await expect.poll(closed, { timeout: 10_000 }).toBeInstanceOf(ClientClosedError);
    expect(logged).toContain('switched');
  });

  it('serves nothing until it can be told which one that is', async () => {
    const following = await follow({ POSTGRES_URL: 'postgresql://app:s3cr3t@127.0.0.1:1/x' });
    expect(await following.gate.check()).toMatchObject({
      ready: false,
      reason: 'not known which database is the primary',
    });
    // Health tells which of the two is the matter.
    expect(await following.db.checkDatabase()).toMatchObject({ ok: false, reason: 'refused' });
    expect(JSON.stringify(following.gate.lastFound)).not.toContain('s3cr3t');
  });

  it('serves nothing of two that do not belong together, and goes on when that is fixed', async () => {
    await file.set('handed-over');
    const following = await follow();
    expect(await following.gate.check()).toMatchObject({
      ready: false,
      reason: 'another database is the primary',
      message: expect.stringContaining('POSTGRES_URL'),
    });
    await server.set('serving');
    await expect.poll(() => following.gate.check(), { timeout: 10_000 }).toEqual({ ready: true });
    expect(following.target().kind).toBe('postgres');
  });

  it('does not serve a file of the replaced service’s format', async () => {
    const legacy = `${(stores[0]?.env.DATABASE_URL ?? '').slice('file:'.length)}.legacy`;
    const made = new Database(legacy);
    made.exec(
      'CREATE TABLE tenants (id INTEGER PRIMARY KEY, api_key TEXT); CREATE TABLE invoices (id INTEGER PRIMARY KEY); CREATE TABLE webhook_events (id INTEGER PRIMARY KEY)',
    );
    made.close();
    const following = await follow({ DATABASE_URL: `file:${legacy}` });
    expect(await following.gate.check()).toMatchObject({ ready: false, reason: 'not prepared' });
  });

  it('goes on serving what it serves when the other cannot be read any more', async () => {
    const following = await follow();
    expect(following.target().kind).toBe('sqlite');
    await clients[1]?.$executeRawUnsafe('CREATE SCHEMA vatevo_cutover');
    await clients[1]?.$executeRawUnsafe('CREATE TABLE vatevo_cutover.move (unreadable text)');
    const looked = vi.spyOn(ServerCutover.prototype, 'read');
    onTestFinished(() => looked.mockRestore());
    // What the first two looks found was heeded when there is a third.
    await expect.poll(() => looked.mock.calls.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    expect([following.target().kind, await following.gate.check()]).toEqual(['sqlite', { ready: true }]);
  });
});
