import type { Config } from '@vatevo/connection';
import { ExitCode, type Run } from '@vatevo/shell';
import { isCurrent, migrationStatus } from '../migrations/status.ts';

/** Shows how the database stands to the migrations: 0 when it has all of them and nothing else, else 4. */
export async function status(target: Config['database'], { report }: Run): Promise<ExitCode> {
  const found = await migrationStatus(target);
  const lists: [string, readonly string[]][] = [
    ['pending, pnpm db:deploy applies it', found.pending],
    ['failed half-way', found.failed],
    ['edited after it was applied', found.edited],
    ['unknown to this release', found.unknown],
  ];
  const current = found.applied.at(-1);
  const good = isCurrent(found) && found.drift === undefined;
  report.result({ migrations: found }, [
    current === undefined ? 'No migration is applied.' : `Applied up to ${current}.`,
    ...lists.flatMap(([what, names]) => names.map((name) => `✗ ${name}: ${what}`)),
    ...(found.drift === undefined
      ? []
      : [`✗ The schema was changed by hand; it differs from what the migrations make:\n${found.drift}`]),
    ...(good ? ['The database is up to date.'] : []),
  ]);
  return good ? ExitCode.done : ExitCode.notReady;
}
