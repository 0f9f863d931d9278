import type { Config } from '@vatevo/connection';
import type { ReportDocument } from '@vatevo/shell';
import { ExitCode } from '@vatevo/shell';
import { describeMigrations } from './describe.ts';
import type { ServerFacts } from './inspect-server.ts';
import type { Latency } from './measure-latency.ts';
import type { MigrationState } from './migration-state.ts';

/** What was found of one environment: what `check-connection` alone would have reported, and whose it is. */
export interface CheckedEnvironment extends ReportDocument {
  /** As it was given. */
  readonly file: string;
  /** Its VATEVO_ENV; null when that cannot be told. */
  readonly environment: Config['environment'] | null;
}

const HEADER = ['environment', 'file', 'result', 'database', 'TLS', 'server', 'latency', 'migrations'];

const RESULTS: Readonly<Record<number, string>> = {
  [ExitCode.done]: 'works',
  [ExitCode.usage]: 'misconfigured',
  [ExitCode.cannotConnect]: 'no connection',
  [ExitCode.notReady]: 'not ready',
};

const UNKNOWN = '-';

/** One row for each environment, the header first. */
export function environmentTable(environments: readonly CheckedEnvironment[]): string[][] {
  return [HEADER, ...environments.map(row)];
}

function row(checked: CheckedEnvironment): string[] {
  const found = checked as Partial<ServerFacts> & {
    readonly target?: string;
    readonly latency?: Pick<Latency, 'medianMs'>;
    readonly migrations?: MigrationState;
  };
  const { tls, server, latency, migrations } = found;
  return [
    checked.environment ?? UNKNOWN,
    checked.file,
    RESULTS[checked.exitCode] ?? 'failed',
    found.target ?? UNKNOWN,
    tls ? (tls.used ? (tls.protocol ?? 'used') : 'not used') : UNKNOWN,
    server ? `PostgreSQL ${server.version}` : UNKNOWN,
    latency ? `${latency.medianMs} ms` : UNKNOWN,
    migrations ? describeMigrations(migrations) : UNKNOWN,
  ];
}
