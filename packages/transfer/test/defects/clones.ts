import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { type Endpoints, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { MAPPING, POSTGRES, SAVED, SQLITE } from './specimen.ts';

/** The specimen's file, transferred once and proven; every defect gets a copy of the target to itself. */
export interface Transferred {
  /** Lends a copy of the target: how it is verified, and how it is altered. */
  withClone<Result>(
    work: (endpoints: Endpoints, alter: (sql: string) => Promise<void>) => Promise<Result>,
  ): Promise<Result>;
  /** The same for an alteration of values that can be undone: the copy is used again. */
  withLane<Result>(
    alter: string,
    undo: string,
    work: (endpoints: Endpoints) => Promise<Result>,
  ): Promise<Result>;
  drop(): Promise<void>;
}

export async function transferSpecimen(): Promise<Transferred> {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-defects-'));
  const source = join(folder, 'source.db');
  const db = new Database(source);
  db.exec(SQLITE);
  db.close();
  const database: TestDatabase = await testDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const server = await testServerUrl();
  await run(database.url, POSTGRES);
  const { verification } = await transfer(endpointsOf(source, database.url));
  if (!verification?.equal) throw new Error('the specimen was not carried as it is');
  await run(database.url, SAVED);
  let clones = 0;
  const makeClone = async () => {
    const clone = `${name}_${clones++}`;
    await run(server, `CREATE DATABASE ${clone} TEMPLATE ${name}`);
    return { clone, url: await testServerUrl(clone) };
  };
  const dropClone = (clone: string) => run(server, `DROP DATABASE ${clone} WITH (FORCE)`);
  const lanes: { clone: string; url: string }[] = [];
  return {
    async withClone(work) {
      const { clone, url } = await makeClone();
      try {
        return await work(endpointsOf(source, url), (sql) => run(url, sql));
      } finally {
        await dropClone(clone);
      }
    },
    async withLane(alter, undo, work) {
      const lane = lanes.pop() ?? (await makeClone());
      await run(lane.url, alter);
      try {
        return await work(endpointsOf(source, lane.url));
      } finally {
        await run(lane.url, undo);
        lanes.push(lane);
      }
    },
    async drop() {
      for (const { clone } of lanes) await dropClone(clone);
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function endpointsOf(source: string, url: string): Endpoints {
  // One reader: the specimen is small, and starting threads is most of the work.
  return { source, mapping: MAPPING, readers: 1, connect: () => open(url) };
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'`);
  return client;
}

/** Alters as somebody who gets round foreign keys and triggers. */
async function run(url: string, sql: string): Promise<void> {
  const client = await open(url);
  try {
    // On its own: what creates a database cannot share a message with other statements.
    await client.query('SET session_replication_role = replica');
    await client.query(sql);
  } finally {
    await client.end();
  }
}
