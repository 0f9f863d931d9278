import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serverAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { handOver, temporaryFolder } from './data-folder.ts';
import { startGuardian } from './guardian.ts';
import { run } from './run.ts';
import { type LocalPostgres, LocalPostgresServer } from './server.ts';

/**
 * Starts a streaming standby of a server, which is stopped for the moment in which its data is copied. It takes reads
 * until `SELECT pg_promote()` makes it a primary; it has the same superuser.
 *
 * @example
 * const standby = await startStandby(primary);
 * await primary.stop('immediate'); // and promote the standby
 */
export async function startStandby(
  primary: LocalPostgres,
  settings: Readonly<Record<string, string>> = {},
): Promise<LocalPostgres> {
  const account = await serverAccount(undefined);
  const binaries = await findBinaries(account);
  const folder = await temporaryFolder(account);
  const { dataDir } = folder;
  const guardian = startGuardian(folder);
  try {
    await primary.stop();
    // As this process: the log may be root's own.
    const copied = await run('cp', ['-a', `${primary.dataDir}/.`, dataDir], undefined);
    await primary.start();
    if (!copied.ok) throw new Error(`The data of the primary could not be copied: ${copied.output}`);
    const signal = path.join(dataDir, 'standby.signal');
    await writeFile(signal, '');
    await handOver(signal, account, 0o600);
    // In a file: arguments are open to everyone on the machine.
    const { host, port, user, password } = primary;
    await appendFile(
      path.join(dataDir, 'postgresql.auto.conf'),
      `\nprimary_conninfo = 'host=${host} port=${port} user=${user} password=${password}'\n`,
    );
    const server = new LocalPostgresServer({
      account,
      binaries,
      dataDir,
      guardian,
      port: undefined,
      settings: {
        listen_addresses: host,
        unix_socket_directories: '',
        fsync: 'off',
        full_page_writes: 'off',
        ...settings,
      },
      superuser: { user, password },
    });
    await server.start();
    return server;
  } catch (error) {
    await guardian.release();
    throw error;
  }
}
