import { describe, expect, it } from 'vitest';
import { engines } from './support/engines.ts';

const [, postgres] = engines;
if (!postgres) throw new Error('PostgreSQL is missing from the engines.');

describe('a transfer into the database', () => {
  const api = postgres.startApi();
  const status = async (path: string) => (await api.client.get(path, { key: 'any' })).status;

  it('keeps the API from serving half the data until it is complete', async () => {
    expect(await status('/invoices')).toBe(401);
    await api.db.$executeRawUnsafe('CREATE SCHEMA vatevo_transfer');
    await api.db.$executeRawUnsafe('CREATE TABLE vatevo_transfer.run (id int, state text NOT NULL)');
    expect(await status('/health/db')).toBe(200);

    await api.db.$executeRawUnsafe(`INSERT INTO vatevo_transfer.run VALUES (1, 'complete'), (2, 'running')`);
    await expect.poll(() => status('/invoices'), { timeout: 20_000, interval: 500 }).toBe(503);
    const health = await api.client.get('/health/db');
    expect([health.status, health.body]).toEqual([503, { status: 'error', database: 'transfer unfinished' }]);
    expect((await api.client.post('/tenants', { body: { name: 'x' } })).body).toEqual({
      detail: 'Service unavailable: transfer unfinished',
    });

    await api.db.$executeRawUnsafe(`UPDATE vatevo_transfer.run SET state = 'complete'`);
    await expect.poll(() => status('/invoices'), { timeout: 20_000, interval: 500 }).toBe(401);
    expect(await status('/health/db')).toBe(200);
  });
});
