import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type PgClient,
  type PostgresTarget,
  parsePostgresUrl,
  type SqliteTarget,
  withConnection,
} from '@vatevo/connection';
import type { CatalogEntry } from '@vatevo/connection/catalog';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { openSchemaEngine, type SchemaEngine } from '@vatevo/schema-engine';
import { readCatalog } from '../migrations/catalog/read-catalog.ts';
import type { DatabaseKind } from '../migrations/folder.ts';
import { ROLES } from '../roles/roles.ts';

/** Empty databases of our own, one of each kind, on which migrations are played through. */
export interface Scratch {
  engine(kind: DatabaseKind): SchemaEngine;
  /** Applies what the database of the engine lacks of a folder's migrations, and reads back what they made. */
  catalogOf(kind: DatabaseKind, migrations: string): Promise<CatalogEntry[]>;
  /** Applies the same to PostgreSQL, and lets `look` at what they made; what it changes is there for all who come later. */
  inspect<T>(migrations: string, look: Look<T>): Promise<T>;
  /** The same on a database of its own, for migrations that may still be changed. */
  tryOut<T>(migrations: string, look: Look<T>): Promise<T>;
  /** A SQLite file of its own with all migrations of a folder. */
  makeFile(migrations: string): Promise<SqliteTarget>;
}

type Look<T> = (client: PgClient, target: PostgresTarget) => Promise<T>;

/** Where PostgreSQL databases are made. */
export type ScratchServer = Pick<LocalPostgres, 'createDatabase' | 'dropDatabase'>;

/**
 * Makes both databases, and leaves nothing behind.
 *
 * @param server a PostgreSQL 18 that nothing else uses; one is started when omitted
 */
export async function withScratch<T>(
  work: (scratch: Scratch) => Promise<T>,
  server?: ScratchServer,
): Promise<T> {
  if (server) return workOn(server, work);
  const own = await startLocalPostgres();
  try {
    return await workOn(own, work);
  } finally {
    await own.dispose();
  }
}

async function workOn<T>(server: ScratchServer, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-check-'));
  const databases: string[] = [];
  const makeDatabase = async () => {
    const target = parsePostgresUrl(await server.createDatabase());
    databases.push(target.database);
    return target;
  };
  const targets = {
    postgres: await makeDatabase(),
    sqlite: { kind: 'sqlite', file: path.join(folder, 'check.db') },
  } as const;
  const engines = new Map<DatabaseKind, SchemaEngine>();
  const engine = (kind: DatabaseKind) => {
    const open = engines.get(kind) ?? openSchemaEngine({ target: targets[kind] });
    engines.set(kind, open);
    return open;
  };
  const close = async (kind: DatabaseKind) => {
    await engines.get(kind)?.close();
    engines.delete(kind);
  };
  const apply = async (kind: DatabaseKind, migrations: string) => {
    await engine(kind).applyMigrations(migrations);
    // The engine keeps a SQLite file to itself.
    await close(kind);
  };
  try {
    await engine('sqlite').createDatabase();
    await makeRoles(targets.postgres);
    return await work({
      engine,
      async catalogOf(kind, migrations) {
        await apply(kind, migrations);
        return readCatalog(targets[kind]);
      },
      async inspect(migrations, look) {
        await apply('postgres', migrations);
        return lookAt(targets.postgres, look);
      },
      async tryOut(migrations, look) {
        const target = await makeDatabase();
        await applyTo(target, migrations);
        return lookAt(target, look);
      },
      async makeFile(migrations) {
        await apply('sqlite', migrations);
        const file = path.join(folder, `${randomUUID()}.db`);
        await copyFile(targets.sqlite.file, file);
        return { kind: 'sqlite', file };
      },
    });
  } finally {
    await close('postgres');
    await close('sqlite');
    for (const database of databases) await server.dropDatabase(database);
    await rm(folder, { recursive: true, force: true });
  }
}

async function applyTo(target: PostgresTarget, migrations: string): Promise<void> {
  const engine = openSchemaEngine({ target });
  try {
    await engine.applyMigrations(migrations);
  } finally {
    await engine.close();
  }
}

function lookAt<T>(target: PostgresTarget, look: Look<T>): Promise<T> {
  return withConnection(target, (client) => look(client, target));
}

/** As on every server that is in use: a migration that gives a role of ours a right is seen to do so. */
function makeRoles(target: PostgresTarget): Promise<void> {
  return withConnection(target, async (client) => {
    for (const role of ROLES) await client.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} NOLOGIN`);
  });
}
