import { CommandError, ExitCode } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { readableTarget } from '../target/replica.ts';
import type { TargetOptions } from '../target/target.ts';
import { whileAlive } from '../target/while-alive.ts';

export interface BackupOptions extends TargetOptions {
  /** A SQLite file; the environment's PostgreSQL database when omitted. */
  readonly source: string | undefined;
  readonly parent: string;
  readonly copyOnly: boolean;
}

/** Backs up the one database that the operator named. */
export async function backUp(options: BackupOptions, run: Run): Promise<void> {
  const { source, parent, copyOnly, urlEnv, fromReplica = false } = options;
  if (source !== undefined) {
    if (fromReplica) {
      throw new CommandError(
        ExitCode.usage,
        '--from-replica is about PostgreSQL: leave it out, or leave --source out.',
      );
    }
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
  const target = await readableTarget(run, { urlEnv, fromReplica });
  return whileAlive(target, run.signal, (signal) => backUpPostgres(target, parent, { ...run, signal }));
}
