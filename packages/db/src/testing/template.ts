import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PostgresTarget, withConnection } from '@vatevo/connection';
import { deployMigrations } from '../migrations/deploy.ts';
import { prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { setUpRoles } from '../roles/set-up-roles.ts';

let file: Promise<Buffer> | undefined;

/** A SQLite file with all migrations, as bytes; made once in a process. */
export function templateFile(): Promise<Buffer> {
  file ??= makeFile();
  return file;
}

async function makeFile(): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-template-'));
  try {
    const made = path.join(folder, 'template.db');
    await deployMigrations({ kind: 'sqlite', file: made });
    return await readFile(made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The name of a database on the server with all migrations of this release and nobody connected to it; made by whoever
 * comes first, in any process. One of another state of the migrations has another name.
 *
 * @param server a login that may create databases
 */
export async function templateDatabase(server: PostgresTarget): Promise<string> {
  const name = `vatevo_template_${await stateOfMigrations()}`;
  await withConnection(server, async (client) => {
    // The server lets go of the lock with the connection.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    const making = `making_${name}`;
    await client.query(`DROP DATABASE IF EXISTS ${making} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${making}`);
    await deployMigrations(server.with({ database: making }));
    await setUpRoles(server.with({ database: making }));
    await client.query(`ALTER DATABASE ${making} RENAME TO ${name}`);
  });
  return name;
}

async function stateOfMigrations(): Promise<string> {
  const { migrations, grants } = prismaFiles('postgres');
  const files = await readMigrationFiles(migrations);
  const hash = createHash('sha256').update(await readFile(grants));
  for (const { name, checksum } of files) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex').slice(0, 16);
}
