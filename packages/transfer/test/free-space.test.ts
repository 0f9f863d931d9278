import { statfsSync } from 'node:fs';
import { testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { expect, it } from 'vitest';
import { visibleFreeSpace } from '../src/target/postgres/free-space.ts';

async function look(url: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await visibleFreeSpace(client);
  } finally {
    await client.end();
  }
}

// Root may look into any folder, others only into their own: the test's server runs as the test does, or as less.
it('sees what is free where a superuser’s server on this machine keeps its data', async () => {
  const admin = new pg.Client({ connectionString: await testServerUrl() });
  await admin.connect();
  const { rows } = await admin.query('SHOW data_directory');
  await admin.end();
  const { bavail, bsize } = statfsSync(rows[0].data_directory);
  const seen = await look(await testServerUrl());
  // Others write to the same disk meanwhile.
  expect(Math.abs((seen ?? 0) - bavail * bsize)).toBeLessThan(0.1 * bavail * bsize);
});

it('claims to see nothing as a role that is not told where the data lies', async () => {
  const database = await testDatabase();
  const role = `plain_${process.pid}`;
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'pw';
  expect(await look(url.href)).toBeUndefined();
  await admin.query(`DROP ROLE ${role}`);
  await admin.end();
  await database.drop();
});
