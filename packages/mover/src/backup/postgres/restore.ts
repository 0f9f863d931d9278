import { join } from 'node:path';
import { describeTarget, isSqlState, type PgClient, type PostgresTarget } from '@vatevo/connection';
import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import { CommandError, Deadline, ExitCode, formatCount } from '@vatevo/shell';
import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import type { Run } from '../../preset.ts';
import { openDatabase } from '../../target/open-database.ts';
import { whileAlive } from '../../target/while-alive.ts';
import type { PostgresManifest } from '../manifest.ts';
import { countRows } from '../rows.ts';
import { CONNECT_TIMEOUT, withClient } from './connection.ts';
import { compareContent, partsOfForeignKeys, readContent } from './content.ts';
import { loadExport } from './load.ts';
import { loadWithPsql } from './load-with-psql.ts';
import { findProgram, type Program } from './program.ts';
import { missingRoles } from './roles.ts';

/**
 * Restores a backup into an empty database, which is made where it is missing, and compares what is there then
 * with the manifest.
 *
 * Our own export is loaded and compared in one transaction, so that nothing stays when anything is wrong. What
 * pg_dump wrote is psql's to load, and can only be compared when that is done.
 */
export async function restorePostgres(
  folder: string,
  manifest: PostgresManifest,
  named: PostgresTarget,
  run: Run,
): Promise<void> {
  const psql = manifest.loadableWithoutPsql ? undefined : await requirePsql(manifest, run);
  const { client } = await openDatabase(named, new Deadline(CONNECT_TIMEOUT), run);
  const target = named.with(client.connectedTo);
  await whileAlive(target, run.signal, (signal) =>
    restoreOn(client, { folder, manifest, target, psql }, { ...run, signal }),
  );
}

interface Restoring {
  readonly folder: string;
  readonly manifest: PostgresManifest;
  readonly target: PostgresTarget;
  readonly psql: Program | undefined;
}

async function restoreOn(
  client: PgClient,
  { folder, manifest, target, psql }: Restoring,
  { report, env, signal, advice }: Run,
): Promise<void> {
  await withClient(client, target, signal, async () => {
    const major = await report.step('Check the target', () => checkTarget(client, target, manifest));
    const sameServer = major === Number.parseInt(manifest.serverVersion, 10);
    await report.step('Load', async (step) => {
      step.detail(`written by ${manifest.writtenBy}`);
      if (psql) await loadWithPsql(psql, target, folder, env, signal);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      if (!psql) await loadOwn(client, join(folder, 'database.sql'), target);
    });
    await report.step('Compare', async () => {
      const parts = await partsOfForeignKeys(client);
      const differences = compareContent(manifest, await readContent(client), sameServer, parts);
      if (differences.length > 0) throw differing(differences, target, psql !== undefined);
      await client.query('COMMIT');
    });
    const rows = countRows(manifest.tables);
    report.result({ restored: { kind: 'postgres', target: describeTarget(target), rows } }, [
      `Restored and compared: ${formatCount(rows)} rows, as they were at ${manifest.createdAt}.`,
      ...advice.restored,
    ]);
  });
}

async function requirePsql({ writtenBy }: PostgresManifest, { env }: Run): Promise<Program> {
  const psql = await findProgram('psql', env);
  if (psql) return psql;
  throw new CommandError(
    ExitCode.notReady,
    `This backup was written by ${writtenBy}, which only psql can load, and there is no psql on the PATH.`,
    { remedy: ['Install PostgreSQL’s client programs, then run the same command again.'] },
  );
}

/**
 * @returns the server's major version
 * @throws CommandError with exit code 4
 */
async function checkTarget(
  client: Client,
  target: PostgresTarget,
  { roles }: PostgresManifest,
): Promise<number> {
  const { rows } = await client.query<{ what: string }>(
    `SELECT c.oid::regclass::text AS what FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE ${OUR_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}
     UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
       WHERE ${OUR_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
     UNION ALL SELECT t.oid::regtype::text FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
       WHERE t.typtype IN ('e', 'd') AND ${OUR_SCHEMAS} AND ${notOfExtension('pg_type', 't.oid')} LIMIT 1`,
  );
  if (rows[0] !== undefined) {
    throw new CommandError(
      ExitCode.notReady,
      `The database "${target.database}" is not empty (it holds ${rows[0].what}), and a backup is only restored into an empty one.`,
      { remedy: ['Name another database in POSTGRES_URL: one that is missing is made, where the role may.'] },
    );
  }
  const missing = await missingRoles(client, roles);
  if (missing.length > 0) {
    throw new CommandError(
      ExitCode.notReady,
      `The backup grants rights to roles that this server does not have: ${missing.join(', ')}.`,
      { remedy: missing.map((role) => `CREATE ROLE ${escapeIdentifier(role)} NOLOGIN;`) },
    );
  }
  const { rows: versions } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  return versions[0]?.major ?? 0;
}

async function loadOwn(client: Client, file: string, target: PostgresTarget): Promise<void> {
  try {
    await loadExport(client, file);
  } catch (error) {
    // A right that is missing has a sentence of its own.
    if (!(error instanceof DatabaseError) || isSqlState(error, 'insufficient_privilege')) throw error;
    throw new CommandError(
      ExitCode.notReady,
      `The database "${target.database}" refused the backup: ${error.message}.`,
      {
        cause: error,
        remedy: ['Nothing was kept of it: fix what it says, and run the same command again.'],
      },
    );
  }
}

function differing(differences: readonly string[], target: PostgresTarget, kept: boolean): CommandError {
  return new CommandError(
    ExitCode.differs,
    `What was restored is not what was backed up: ${differences.slice(0, 10).join('; ')}.`,
    {
      remedy: [
        kept
          ? `Do not use the database "${target.database}": drop it.`
          : `Nothing was kept of it in the database "${target.database}".`,
        'Use another copy of this backup, or an older backup.',
      ],
    },
  );
}
