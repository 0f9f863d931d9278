import { describeTarget, type SqliteTarget } from '@vatevo/connection';
import { readDatabaseState } from '@vatevo/db';
import type { Run } from '@vatevo/mover';
import { CommandError, ExitCode } from '@vatevo/shell';
import { refuseTrouble } from './check-connection.ts';
import { readMigrationState } from './migration-state.ts';

/**
 * Looks at a SQLite file as `checkConnection` looks at a server. Changes nothing.
 *
 * @throws CommandError with exit code 3 when it is not there, locked or no database, 4 when this release must not
 *   work on it
 */
export async function checkSqliteFile(target: SqliteTarget, timeoutMs: number, run: Run): Promise<void> {
  const { report } = run;
  report.result({ target: describeTarget(target) }, []);
  const reading = await report.step('Open the file', () => readDatabaseState(target, { timeoutMs }));
  if (!reading.ok) throw new CommandError(ExitCode.cannotConnect, reading.message);
  const latency = { medianMs: Number(reading.latencyMs.toFixed(2)) };
  const migrations = await report.step('Read the migration state', () => readMigrationState(target));
  report.result({ latency, migrations }, []);
  refuseTrouble(migrations);
}
