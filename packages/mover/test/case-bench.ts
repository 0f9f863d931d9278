import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import type { Endpoints } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeSource, readCase } from './case-sources.ts';

/**
 * Moves that somebody, somewhere, needed: each folder holds a source, the target's tables, and in `case.json` what is
 * expected. The values are read by plain SQL on either side, and never by the proof that is tried here.
 */
export interface Case {
  readonly runs: readonly CaseRun[];
}

export interface CaseRun {
  readonly mapping?: unknown;
  /** Whether the mapping is one that nobody should be offered. */
  readonly mistaken?: boolean;
  readonly schema?: string;
  /** What must be refused, before anything is loaded: a pattern for each reason. */
  readonly refused?: readonly string[];
  /** What must arrive. */
  readonly carried?: readonly Carried[];
  /** What inspection must say, beside. */
  readonly said?: readonly string[];
}

interface Carried {
  readonly postgres: string;
  /** The same of the source, where SQLite can say it. */
  readonly sqlite?: string;
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A case's databases: all that a move needs but for its mapping. */
export interface Bench {
  readonly endpoints: Omit<Endpoints, 'mapping'>;
  /** What both databases hold is what must arrive. */
  expectCarried(carried: readonly Carried[]): Promise<void>;
}

export function caseOf(name: string): Case {
  return JSON.parse(readCase(name, 'case.json') ?? '') as Case;
}

/** Makes the databases of cases. @param prefix of their names, one for each test file */
export function caseBenches(prefix: string): {
  use(name: string, run: CaseRun, work: (bench: Bench) => Promise<void>): Promise<void>;
} {
  let folder: string;
  let admin: pg.Client;
  let made = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), `vatevo-${prefix}-`));
    admin = new pg.Client({ connectionString: await testServerUrl() });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    rmSync(folder, { recursive: true });
  });
  return {
    use: async (name, run, work) => {
      const file = join(folder, `${name}.db`);
      const source = existsSync(file) ? file : await makeSource(folder, name);
      const database = `${prefix}_${made++}`;
      await makeTarget(admin, name, database);
      try {
        const url = await testServerUrl(database);
        const connect = async () => {
          const client = new pg.Client({ connectionString: asUser(url, readCase(name, 'user')?.trim()) });
          await client.connect();
          await client.query(`SET TIME ZONE 'UTC'`);
          return client;
        };
        await work({
          endpoints: {
            source,
            connect,
            readers: 1,
            ...(run.schema !== undefined && { schema: run.schema }),
          },
          expectCarried: (carried) => expectCarried(url, source, carried),
        });
      } finally {
        await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      }
    },
  };
}

async function expectCarried(url: string, source: string, carried: readonly Carried[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET TIME ZONE 'UTC'; SET intervalstyle = 'postgres'`);
    for (const { postgres, sqlite, rows } of carried) {
      expect(await textRows(client, postgres), postgres).toEqual(rows);
      if (sqlite !== undefined) expect(sqliteRows(source, sqlite), sqlite).toEqual(rows);
    }
  } finally {
    await client.end();
  }
}

function asUser(url: string, user: string | undefined): string {
  const changed = new URL(url);
  // A role of a case has its name for a password.
  if (user !== undefined) changed.username = changed.password = user;
  return changed.href;
}

async function makeTarget(admin: pg.Client, name: string, database: string): Promise<void> {
  const create = readCase(name, 'createdb.sql') ?? 'CREATE DATABASE :DB STRATEGY file_copy';
  await admin.query(create.replace(':DB', database));
  const client = new pg.Client({ connectionString: await testServerUrl(database) });
  await client.connect();
  try {
    await client.query(readCase(name, 'target.sql') ?? '');
  } finally {
    await client.end();
  }
}

/** As the server prints them. */
async function textRows(client: pg.Client, sql: string): Promise<(string | null)[][]> {
  const types = { getTypeParser: () => (value: string) => value };
  const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types });
  return rows;
}

function sqliteRows(file: string, sql: string): (string | null)[][] {
  const db = new Database(file, { readonly: true });
  try {
    const rows = db.prepare(sql).raw().safeIntegers().all() as unknown[][];
    return rows.map((row) => row.map((value) => (value === null ? null : `${value}`)));
  } finally {
    db.close();
  }
}
