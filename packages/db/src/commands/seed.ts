import { type Config, parseConfig } from '@vatevo/connection';
import { CommandError, ExitCode, type Run } from '@vatevo/shell';
import { createDbClient } from '../create-db-client.ts';
import { migrationStatus } from '../migrations/status.ts';
import { guardDeed } from '../prisma/guard.ts';
import { SAMPLE_KEY, seedDatabase } from '../seed.ts';

/** Puts in the sample rows that are missing. */
export async function seed(target: Config['database'], run: Run): Promise<undefined> {
  await guardDeed('seed', target, run.env);
  const { pending } = await migrationStatus(target, { skipDrift: true });
  if (pending.length > 0) {
    throw new CommandError(ExitCode.notReady, `${pending.length} migrations are not applied yet.`, {
      remedy: ['Run pnpm db:deploy, then pnpm db:seed again.'],
    });
  }
  const added = await putSampleRows(target, run);
  run.report.result({ added, apiKey: SAMPLE_KEY }, [
    added === 0 ? 'Nothing to do: the sample rows are there.' : `Added ${added} sample invoices.`,
    ...sayKey(run.env),
  ]);
}

/** @returns how many invoices that took */
export async function putSampleRows(database: Config['database'], { env }: Run): Promise<number> {
  const db = createDbClient({ config: { database, pool: parseConfig(env).pool } });
  try {
    return await seedDatabase(db);
  } finally {
    await db.close();
  }
}

/** @param env says where the API listens, as it is told */
export function sayKey({ PORT }: Run['env']): string[] {
  return [
    `The API takes the key ${SAMPLE_KEY}:`,
    `  curl -H "Authorization: Bearer ${SAMPLE_KEY}" http://localhost:${PORT || 3000}/invoices`,
  ];
}
