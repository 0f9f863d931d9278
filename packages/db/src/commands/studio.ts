import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  describeTarget,
  type PostgresTarget,
  parseConfig,
  readPassword,
  withoutPassword,
} from '@vatevo/connection';
import { CommandError, type CommonOptions, ExitCode, type Run } from '@vatevo/shell';
import { runPrisma } from '../prisma/run-prisma.ts';

export interface StudioOptions extends CommonOptions {
  readonly port?: string;
  readonly browser?: string;
}

/**
 * Runs Prisma Studio on the database that the environment names. It opens connections of its own, with a driver of its own:
 * the URL that it is given holds no password, which it finds in PGPASSWORD, where no list of processes shows it.
 *
 * @throws CommandError where Studio would connect otherwise than everything else here does
 */
export async function studio({ port, browser }: StudioOptions, run: Run): Promise<number> {
  const { database } = parseConfig(run.env);
  const options = [...(port ? ['--port', port] : []), ...(browser ? ['--browser', browser] : [])];
  if (database.kind === 'sqlite') {
    const file = run.resolvePath(database.file);
    if (!existsSync(file)) {
      throw new CommandError(ExitCode.notReady, `There is no ${file}.`, {
        remedy: ['Run pnpm db:deploy, which makes it, or set DATABASE_URL.'],
      });
    }
    return runPrisma(['studio', '--url', pathToFileURL(file).href, ...options]);
  }
  refuseWhatStudioLacks(database);
  const password = await readPassword(database);
  run.protect(password, describeTarget(database));
  return runPrisma(['studio', '--url', urlForStudio(database), ...options], { PGPASSWORD: password });
}

/** What the driver of Studio (postgres.js) does not know, or does otherwise than libpq. */
function refuseWhatStudioLacks({ hosts, ssl }: PostgresTarget): void {
  const lacks = [
    ...(hosts.length > 1 ? ['several hosts'] : []),
    ...(ssl.mode === 'verify-ca' ? ['DB_SSL_MODE=verify-ca'] : []),
    ...(ssl.rootCertFile !== undefined && ssl.rootCertFile !== 'system' ? ['DB_SSL_ROOT_CERT'] : []),
    ...(ssl.certFile !== undefined || ssl.identityFile !== undefined ? ['a client certificate'] : []),
    ...(ssl.channelBinding !== undefined ? ['channel_binding=require'] : []),
    ...(ssl.negotiation !== undefined ? ['sslnegotiation=direct'] : []),
  ];
  if (lacks.length === 0) return;
  throw new CommandError(ExitCode.usage, `Prisma Studio cannot connect with ${lacks.join(' and ')}.`, {
    remedy: ['Use psql, or another tool that can, with the same settings.'],
  });
}

/** Of its settings Studio's driver knows the mode of TLS, and hands what it does not know to the server, which refuses it. */
function urlForStudio(database: PostgresTarget): string {
  return withoutPassword(
    database.with({
      ssl: { mode: database.ssl.mode },
      parameters: {},
      sessionAttributes: 'any',
      loadBalanceHosts: false,
      connectTimeoutSeconds: undefined,
      keepAliveSeconds: undefined,
    }),
  );
}
