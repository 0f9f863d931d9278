import { createTestDatabase } from '@vatevo/db/testing';
import { type TestDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { call } from './call.ts';

/** A database of its own that is prepared, and without rows. */
export async function preparedTarget(): Promise<TestDatabase> {
  const { env, drop } = await createTestDatabase({ postgres: await testServerUrl() });
  return { url: String(env.POSTGRES_URL), drop };
}

export async function prepareTarget(url: string): Promise<void> {
  const { code, stderr } = await call(['prepare-postgres'], { POSTGRES_URL: url });
  if (code !== 0) throw new Error(stderr);
}
