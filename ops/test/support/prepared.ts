import { preparedDatabase, type TestDatabase } from '@vatevo/local-postgres/vitest';
import { runScript } from './run-script.ts';

/** A database of its own that `ops:prepare-postgres` has prepared, and without rows. */
export function preparedTarget(): Promise<TestDatabase> {
  return preparedDatabase('ops', prepareTarget);
}

export async function prepareTarget(url: string): Promise<void> {
  const { code, stderr } = await runScript('ops:prepare-postgres', [], { POSTGRES_URL: url });
  if (code !== 0) throw new Error(stderr);
}
