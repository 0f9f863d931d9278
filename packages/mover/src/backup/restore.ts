import { CommandError, ExitCode, formatBytes } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { requirePostgres, type TargetOptions } from '../target/target.ts';
import { openBackup } from './manifest.ts';

export interface RestoreOptions extends TargetOptions {
  readonly folder: string;
  /** Where a SQLite backup goes. */
  readonly file?: string;
}

/** Restores a backup of either kind, after its checksums were found right. */
export async function restore({ folder, file, urlEnv }: RestoreOptions, run: Run): Promise<void> {
  const manifest = await run.report.step('Compare the checksums', async (step) => {
    const found = await openBackup(folder, run.signal);
    step.detail(
      `${found.kind} backup of ${found.createdAt}, ${formatBytes(found.files.reduce((sum, { bytes }) => sum + bytes, 0))}`,
    );
    return found;
  });
  if (manifest.kind === 'sqlite') {
    if (file === undefined) {
      throw new CommandError(
        ExitCode.usage,
        `${folder} is a backup of a SQLite file: give --to the file to make.`,
      );
    }
    const { restoreSqlite } = await import('./sqlite/restore.ts');
    return restoreSqlite(folder, manifest, file, run);
  }
  if (file !== undefined) {
    throw new CommandError(
      ExitCode.usage,
      `${folder} is a backup of a PostgreSQL database: it goes into the one that POSTGRES_URL names, without --to.`,
    );
  }
  const { restorePostgres } = await import('./postgres/restore.ts');
  return restorePostgres(folder, manifest, requirePostgres(run, { urlEnv }), run);
}
