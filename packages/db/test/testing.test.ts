import { parsePostgresUrl } from '@vatevo/connection';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { describe, expect, it } from 'vitest';
import { createTestDatabase, makeTenant, newInvoice } from '../src/testing/index.ts';
import { query } from './support/sql.ts';

const databases = [
  { name: 'SQLite', server: async () => undefined },
  { name: 'PostgreSQL', server: () => testServerUrl() },
];

describe.each(databases)('a test’s own database on $name', ({ server }) => {
  it('has all migrations, no rows, and nothing to do with another one', async () => {
    const postgres = await server();
    const [one, two] = await Promise.all([
      createTestDatabase({ postgres }),
      createTestDatabase({ postgres }),
    ]);
    const { tenant, apiKey } = await makeTenant(one.db, { name: 'Mine' });
    expect(apiKey).toMatch(/^vat_[0-9a-f]{32}$/);
    const invoice = await one.db.forTenant(tenant.id).createInvoice(newInvoice({ totalAmount: '119.000' }));
    expect(invoice).toMatchObject({ totalAmount: '119.000', tenantId: tenant.id });
    expect(await two.db.tenant.count()).toBe(0);
    await Promise.all([one.drop(), two.drop()]);
    await expect(one.db.tenant.count()).rejects.toThrow();
  });

  it('takes what else the environment says', async () => {
    const { db, drop } = await createTestDatabase({ postgres: await server(), env: { DB_POOL_SIZE: '7' } });
    expect(db.poolStats().size).toBe(db.describeConnection().startsWith('SQLite') ? 1 : 7);
    await drop();
  });
});

it('is copied from one database that is made once on a server', async () => {
  const postgres = await testServerUrl();
  const made = await Promise.all([1, 2, 3].map(() => createTestDatabase({ postgres })));
  const templates = await query(
    parsePostgresUrl(postgres),
    `SELECT count(*)::int AS count FROM pg_database WHERE datname LIKE '%vatevo_template_%'`,
  );
  expect(templates).toEqual([{ count: 1 }]);
  await Promise.all(made.map(({ drop }) => drop()));
});
