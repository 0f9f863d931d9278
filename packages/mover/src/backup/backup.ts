import { CommandError, ExitCode } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { requirePostgres, type TargetOptions } from '../target/target.ts';

export interface BackupOptions extends TargetOptions {
  /** A SQLite file; the environment's PostgreSQL database when omitted. */
  readonly source: string | undefined;
  readonly parent: string;
  readonly copyOnly: boolean;
}

/** Backs up the one database that the operator named. */
export async function backUp({ source, parent, copyOnly, urlEnv }: BackupOptions, run: Run): Promise<void> {
  if (source !== undefined) {
    const { backUpSqlite } = await import('./sqlite/backup.ts');
    return backUpSqlite({ source: run.resolvePath(source), parent, copyOnly }, run);
  }
  const variable = urlEnv ?? 'POSTGRES_URL';
  if (!run.env[variable]?.trim()) {
    throw new CommandError(ExitCode.usage, `Neither --source nor ${variable} says what is to be backed up.`, {
      remedy: [
        'A SQLite file: --source FILE',
        `A PostgreSQL database: ${variable}=postgresql://user:password@host:5432/database`,
      ],
    });
  }
  if (copyOnly) {
    throw new CommandError(
      ExitCode.usage,
      '--copy-only is about a SQLite file: give --source too, or leave it out.',
    );
  }
  const { backUpPostgres } = await import('./postgres/backup.ts');
  return backUpPostgres(requirePostgres(run, { urlEnv }), parent, run);
}
