import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateFitness } from '../../src/prepare/privileges.ts';
import { sql, variant, withClient } from '../support/sql.ts';

async function fitnessOf(url: string) {
  const { refusal } = await withClient(url, evaluateFitness);
  return refusal;
}

let database: TestDatabase;
let asApp: string;
let name: string;
const role = `Odd "role" ${process.pid}`;
const quoted = `"${role.replaceAll('"', '""')}"`;

beforeAll(async () => {
  database = await testDatabase();
  name = new URL(database.url).pathname.slice(1);
  asApp = variant(database.url, { user: role, password: 'pw' });
  await sql(database.url, `CREATE ROLE ${quoted} LOGIN PASSWORD 'pw'`);
});
afterAll(async () => {
  await sql(database.url, `DROP OWNED BY ${quoted}`, `DROP ROLE ${quoted}`);
  await database.drop();
});

describe('the rights that a preparation needs', () => {
  it('finds the superuser fit, and says who and what the server is', async () => {
    const standing = await withClient(database.url, evaluateFitness);
    expect(standing.refusal).toBeUndefined();
    expect(standing.role).toBe('postgres');
    expect(standing.serverVersion).toMatch(/^\d+/);
  });

  it('names the GRANT that a role without CREATE needs, and the GRANT is enough', async () => {
    const refused = await fitnessOf(asApp);
    expect(refused).toMatchObject({ name: 'CommandError', exitCode: 4 });
    expect(refused?.message).toContain(quoted);
    await sql(database.url, refused?.remedy[0] ?? '');
    expect(await fitnessOf(asApp)).toBeUndefined();
  });

  it('refuses tables of a role whose rights it does not have', async () => {
    await sql(database.url, 'CREATE TABLE _prisma_migrations (id int)');
    const refused = await fitnessOf(asApp);
    expect(refused).toMatchObject({ exitCode: 4, remedy: [expect.stringContaining('GRANT "postgres" TO')] });
    await sql(database.url, `ALTER TABLE _prisma_migrations OWNER TO ${quoted}`);
    expect(await fitnessOf(asApp)).toBeUndefined();
    await sql(database.url, 'DROP TABLE _prisma_migrations');
  });

  it('refuses a role whose transactions are read-only, and names the statement that fixes it', async () => {
    await sql(
      database.url,
      `ALTER ROLE ${quoted} IN DATABASE ${name} SET default_transaction_read_only = on`,
    );
    const refused = await fitnessOf(asApp);
    expect(refused).toMatchObject({ exitCode: 4, message: expect.stringContaining('read-only') });
    await sql(database.url, refused?.remedy[0] ?? '');
    expect(await fitnessOf(asApp)).toBeUndefined();
  });

  it('refuses a database without the schema public', async () => {
    await sql(database.url, 'DROP SCHEMA public');
    const refused = await fitnessOf(asApp);
    expect(refused).toMatchObject({ exitCode: 4, message: expect.stringContaining('no schema "public"') });
    await sql(database.url, refused?.remedy[0] ?? '');
    expect(await fitnessOf(asApp)).toBeUndefined();
  });

  it('refuses a database that does not store UTF-8', async () => {
    const latin = `latin_${process.pid}`;
    const create = `CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`;
    await sql(database.url, create);
    try {
      const refused = await fitnessOf(variant(database.url, { database: latin }));
      expect(refused).toMatchObject({ exitCode: 4, message: expect.stringContaining('LATIN1') });
    } finally {
      await sql(database.url, `DROP DATABASE ${latin} WITH (FORCE)`);
    }
  });
});
