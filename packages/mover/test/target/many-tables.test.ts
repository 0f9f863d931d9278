import { parsePostgresUrl } from '@vatevo/connection';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { expect, it } from 'vitest';
import { databaseFailure } from '../../src/target/database-failure.ts';

it('names the setting where the server has no room for the locks of so many tables', async () => {
  const url = await testServerUrl();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // As the server says it, whose lock table is shared by all tests.
    const refusal: unknown = await client
      .query(
        `DO $$ BEGIN RAISE 'out of shared memory' USING ERRCODE = '53200', HINT = 'You might need to increase "max_locks_per_transaction".'; END $$`,
      )
      .catch((error: unknown) => error);
    expect(databaseFailure(refusal, parsePostgresUrl(url))).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('(max_locks_per_transaction)'),
    });
  } finally {
    await client.end();
  }
});
