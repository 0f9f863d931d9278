import path from 'node:path';
import { serverAccount } from './account.ts';
import { findBinaries, installedBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { keptFolder, temporaryFolder } from './data-folder.ts';
import { startGuardian } from './guardian.ts';
import { type LocalPostgres, LocalPostgresServer } from './server.ts';
import { type TlsFiles, tlsSettings } from './tls.ts';

export interface LocalPostgresOptions {
  /**
   * Where to keep the data between runs. Left out: a temporary folder, gone when the
   * server is disposed of or this process ends.
   *
   * When the account that the server runs under cannot use this folder (root's clone below
   * a 0700 parent), the data is kept below the temporary directory instead, in a folder that
   * is always the same for the same path; `LocalPostgres.dataDir` says where.
   */
  readonly dataDir?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Settings as in postgresql.conf, such as `{ max_connections: '20' }`. They win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The superuser's name; default `postgres`. Of kept data: the name it was made with. */
  readonly user?: string;
  /** The superuser's password; default a random one. Of kept data: the password it was made with. */
  readonly password?: string;
  /**
   * The folder with initdb and postgres of an installed PostgreSQL, such as `/usr/lib/postgresql/17/bin`.
   * Default: those from npm.
   */
  readonly programs?: string;
  /** Offer TLS with these PEM texts. */
  readonly tls?: TlsFiles;
}

/**
 * Starts a PostgreSQL 18 server from npm-installed binaries, or an installed one, and resolves when it accepts
 * connections: on 127.0.0.1 only, with scram-sha-256 passwords, UTF-8, the C.UTF-8 locale
 * and UTC, whatever the machine's own settings are.
 *
 * The server lives no longer than this process, however it ends. A temporary server skips
 * fsync; one with a `dataDir` is as durable as any.
 *
 * @throws Error when a server already runs on `dataDir`, the port is taken, the data folder
 * is not one of ours, or PostgreSQL cannot run on this machine; the message says what to do.
 *
 * @example
 * const server = await startLocalPostgres();
 * const url = await server.createDatabase('shop');
 * await server.dispose();
 */
export async function startLocalPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const wanted = options.dataDir === undefined ? undefined : path.resolve(options.dataDir);
  const kept = wanted !== undefined;
  const account = await serverAccount(wanted);
  const binaries = await (options.programs === undefined
    ? findBinaries(account)
    : installedBinaries(options.programs, account));
  const folder = kept ? await keptFolder(wanted, account) : await temporaryFolder(account);
  const { dataDir } = folder;
  const guardian = startGuardian(folder);
  try {
    const superuser = await ensureCluster(dataDir, kept, options, binaries, account);
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      ...(kept ? {} : { fsync: 'off', full_page_writes: 'off' }),
      ...(options.tls ? await tlsSettings(dataDir, options.tls, account) : {}),
      ...options.settings,
    };
    const parts = { account, binaries, dataDir, guardian, port: options.port, settings, superuser };
    const server = new LocalPostgresServer(parts);
    await server.start();
    return server;
  } catch (error) {
    await guardian.release();
    throw error;
  }
}
