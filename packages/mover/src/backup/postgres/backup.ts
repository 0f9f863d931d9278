import { join } from 'node:path';
import { connect, describeTarget, type PgClient, type PostgresTarget } from '@vatevo/connection';
import { formatBytes, formatCount } from '@vatevo/shell';
import type { Run } from '../../preset.ts';
import { refuseDistributed } from '../../target/distributed.ts';
import { refuseTransactionPooler } from '../../target/pooler.ts';
import { findUnfinishedTransfer } from '../../target/unfinished-transfer.ts';
import { packageVersion } from '../../version.ts';
import { makeBackupFolder } from '../folder.ts';
import { type PostgresManifest, writeManifest } from '../manifest.ts';
import { countRows } from '../rows.ts';
import { WrittenFile } from '../written-file.ts';
import { CONNECT_TIMEOUT, withClient } from './connection.ts';
import { readContent } from './content.ts';
import { exportDatabase } from './export.ts';
import { dumpWithProgram } from './pg-dump.ts';
import { findProgram, type Program } from './program.ts';
import { readRoles } from './roles.ts';
import { openSnapshot } from './snapshot.ts';

/**
 * Backs a PostgreSQL database up: one snapshot, which pg_dump writes down where it is as new as the server, and
 * our own export elsewhere; and which the server digests in the same transaction.
 */
export async function backUpPostgres(target: PostgresTarget, parent: string, run: Run): Promise<void> {
  const { report, signal } = run;
  const client = await report.step('Connect', async (step) => {
    step.detail(describeTarget(target));
    return connect(target, { applicationName: 'vatevo-backup' });
  });
  await withClient(client, target, signal, async () => {
    await refuseTransactionPooler(target, client, CONNECT_TIMEOUT);
    await refuseDistributed(
      client,
      'A backup is one snapshot of the whole database, which a cluster has not.',
      [
        'Archive the log of every server and back each up with its own tools (pg_basebackup, pgBackRest).',
        "SELECT citus_create_restore_point('name') makes a point to which all of them can be restored.",
      ],
    );
    const at = new Date();
    let rows = 0;
    const folder = await makeBackupFolder(parent, 'postgres', at, async (unfinished) => {
      const snapshot = await openSnapshot(client);
      const server = await readServer(client);
      const unfinishedTransfer = await findUnfinishedTransfer(client, run);
      if (unfinishedTransfer) report.warn(`${unfinishedTransfer.message} It is backed up as it is.`);
      const content = await report.step('Digest every value', async (step) => {
        const found = await readContent(client);
        step.detail(`${formatCount(countRows(found.tables))} rows`);
        return found;
      });
      const written = await writeSql(client, target, snapshot, server, unfinished, run);
      await writeManifest(unfinished, {
        kind: 'postgres',
        source: describeTarget(target),
        createdAt: at.toISOString(),
        serverVersion: server.version,
        ...written,
        roles: await readRoles(client),
        ...content,
      });
      rows = countRows(content.tables);
      signal.throwIfAborted();
    });
    report.result({ backup: { kind: 'postgres', folder, rows } }, [
      `Backup complete: ${formatCount(rows)} rows of ${describeTarget(target)}, with checksums.`,
      `Backup: ${folder}`,
    ]);
  });
}

interface Server {
  readonly version: string;
  readonly major: number;
}

async function readServer(client: PgClient): Promise<Server> {
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major`,
  );
  return rows[0] as Server;
}

type Written = Pick<PostgresManifest, 'files' | 'writtenBy' | 'loadableWithoutPsql'>;

async function writeSql(
  client: PgClient,
  target: PostgresTarget,
  snapshot: string,
  server: Server,
  folder: string,
  { report, env, signal }: Run,
): Promise<Written> {
  const found = await findProgram('pg_dump', env);
  // An older one refuses the server.
  const program = found !== undefined && found.major >= server.major ? found : undefined;
  const writtenBy = program ? `pg_dump ${program.version}` : `vatevo-ops ${packageVersion}`;
  return report.step('Write as SQL', async (step) => {
    const file = await WrittenFile.write(join(folder, 'database.sql'), (file) =>
      program ? dumpWithProgram(program, target, snapshot, file, env, signal) : exportDatabase(client, file),
    );
    step.detail(`${formatBytes(file.bytes)}, by ${program ? writtenBy : whyOurs(found, server)}`);
    return { files: [file], writtenBy, loadableWithoutPsql: program === undefined };
  });
}

function whyOurs(found: Program | undefined, server: Server): string {
  if (found === undefined) return 'our own export: there is no pg_dump on the PATH';
  return `our own export: pg_dump ${found.version} is older than the server, ${server.version}`;
}
