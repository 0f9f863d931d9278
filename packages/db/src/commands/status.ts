import type { Config } from '@vatevo/connection';
import { ExitCode } from '../cli/exit-code.ts';
import { isCurrent, migrationStatus } from '../migrations/status.ts';

/** Shows how the database stands to the migrations: 0 when it has all of them and nothing else, else 4. */
export async function status(target: Config['database']): Promise<ExitCode> {
  const found = await migrationStatus(target);
  const lists: [string, readonly string[]][] = [
    ['pending, pnpm db:deploy applies it', found.pending],
    ['failed half-way', found.failed],
    ['edited after it was applied', found.edited],
    ['unknown to this release', found.unknown],
  ];
  const current = found.applied.at(-1);
  console.log(current === undefined ? 'No migration is applied.' : `Applied up to ${current}.`);
  for (const [what, names] of lists) for (const name of names) console.log(`✗ ${name}: ${what}`);
  if (found.drift !== undefined) {
    console.log(
      `✗ The schema was changed by hand; it differs from what the migrations make:\n${found.drift}`,
    );
  }
  if (!isCurrent(found) || found.drift !== undefined) return ExitCode.notReady;
  console.log('The database is up to date.');
  return ExitCode.done;
}
