import { parseConfig } from '@vatevo/connection';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDbClient, readDatabaseState } from '../../src/index.ts';
import { deployMigrations } from '../../src/migrations/index.ts';
import { engines } from './support/engines.ts';
import { newTenant } from './support/rows.ts';

describe.each(engines)('the state of a database on $name', ({ createStore, kind }) => {
  it('tells migrations, transfers and how far the ids have come', async () => {
    const store = await createStore();
    onTestFinished(() => store.drop());
    const config = parseConfig(store.env);
    if (kind === 'postgres') {
      expect(await readDatabaseState(config.database)).toMatchObject({
        ok: true,
        state: {
          migrations: { applied: 0, pending: expect.any(Number) },
          transfers: {},
          cutover: null,
          identities: [],
        },
      });
    }
    await deployMigrations(config.database);
    const db = createDbClient({ config });
    onTestFinished(() => db.close());
    await newTenant(db);
    const id = await newTenant(db);
    await db.tenant.deleteMany();

    const reading = await readDatabaseState(config.database);
    if (!reading.ok) throw new Error(reading.message);
    expect(reading.state.migrations).toMatchObject({ pending: 0, failed: 0, edited: 0, unknown: 0 });
    expect(reading.state.identities).toEqual(
      expect.arrayContaining([
        { table: 'invoices', highest: 0, limit: Number.MAX_SAFE_INTEGER },
        { table: 'tenants', highest: id, limit: 2_147_483_647 },
        { table: 'webhook_events', highest: 0, limit: Number.MAX_SAFE_INTEGER },
      ]),
    );

    if (kind !== 'postgres') return;
    await db.$executeRawUnsafe('CREATE SCHEMA vatevo_transfer');
    await db.$executeRawUnsafe(
      `CREATE TABLE vatevo_transfer.run AS SELECT unnest(ARRAY['copying', 'complete', 'complete']) AS state`,
    );
    expect(await readDatabaseState(config.database)).toMatchObject({
      state: { transfers: { complete: 2, copying: 1 } },
    });
  });

  it('is an answer with a reason when there is no database', async () => {
    const env: Record<string, string> =
      kind === 'postgres'
        ? { POSTGRES_URL: 'postgresql://app:s3cr3t@127.0.0.1:1/x' }
        : { DATABASE_URL: 'file:/nowhere/x.db' };
    const reading = await readDatabaseState(parseConfig(env).database, { timeoutMs: 1000 });
    expect(reading).toMatchObject({
      ok: false,
      reason: kind === 'postgres' ? 'refused' : 'missing-database',
    });
    expect(JSON.stringify(reading)).not.toContain('s3cr3t');
  });
});

it('says of what a role may not look at that it does not know', async () => {
  const [postgres] = engines;
  const store = await postgres?.createStore();
  if (!store) throw new Error('PostgreSQL is missing from the engines.');
  onTestFinished(() => store.drop());
  await deployMigrations(parseConfig(store.env).database);
  const admin = createDbClient({ config: parseConfig(store.env) });
  onTestFinished(() => admin.close());
  await admin.$executeRawUnsafe('CREATE SCHEMA vatevo_transfer');
  await admin.$executeRawUnsafe('CREATE TABLE vatevo_transfer.run (state text)');
  const role = `onlooker_${process.pid}`;
  await admin.$executeRawUnsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
  onTestFinished(() => void admin.$executeRawUnsafe(`DROP ROLE ${role}`).catch(() => undefined));
  const url = new URL(store.env.POSTGRES_URL as string);
  url.username = role;
  url.password = 'pw';
  expect(await readDatabaseState(parseConfig({ POSTGRES_URL: url.href }).database)).toMatchObject({
    ok: true,
    state: { migrations: null, transfers: null, cutover: null, identities: [] },
  });
});
