import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { type Inspection, inspectSource, TransferError, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMapping } from '../src/mapping/read-mapping.ts';
import { caseNames, makeSource, readCase } from './case-sources.ts';

/**
 * Moves that somebody, somewhere, needed: each folder holds a source, the target's tables, and in `case.json` what is
 * expected. The values are read by plain SQL on either side, and never by the proof that is tried here.
 */
interface Case {
  readonly runs: readonly Run[];
}

interface Run {
  readonly mapping?: unknown;
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

let folder: string;
let admin: pg.Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-cases-'));
  admin = new pg.Client({ connectionString: await testServerUrl() });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  rmSync(folder, { recursive: true });
});

it.each(caseNames)('%s', async (name) => {
  const { runs } = JSON.parse(readCase(name, 'case.json') ?? '') as Case;
  const source = await makeSource(folder, name);
  for (const [i, run] of runs.entries()) {
    const database = `case_${name.replaceAll('-', '_')}_${i}`;
    await makeTarget(name, database);
    try {
      const url = await testServerUrl(database);
      await tryMove(run, source, url, asUser(url, readCase(name, 'user')?.trim()));
    } finally {
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    }
  }
});

/** @param mover as whom the move is made */
async function tryMove(run: Run, source: string, url: string, mover: string): Promise<void> {
  const connect = async () => {
    const client = new pg.Client({ connectionString: mover });
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    return client;
  };
  const endpoints = {
    source,
    connect,
    mapping: parseMapping('case.json', run.mapping ?? {}),
    readers: 1,
    ...(run.schema !== undefined && { schema: run.schema }),
  };
  const inspected = await outcomeOf(inspectSource(endpoints));
  for (const said of run.said ?? []) expect(inspected.text).toMatch(new RegExp(said));
  if (run.refused) {
    expect(inspected).toMatchObject({ passed: false });
    for (const reason of run.refused) expect(inspected.text).toMatch(new RegExp(reason));
    await expect(transfer(endpoints)).rejects.toBeInstanceOf(TransferError);
    return;
  }
  expect(inspected).toMatchObject({ passed: true });
  expect(await transfer(endpoints)).toMatchObject({ outcome: 'transferred' });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET TIME ZONE 'UTC'; SET intervalstyle = 'postgres'`);
    for (const { postgres, sqlite, rows } of run.carried ?? []) {
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

async function outcomeOf(inspecting: Promise<Inspection>): Promise<{ passed: boolean; text: string }> {
  try {
    const inspection = await inspecting;
    return { passed: inspection.refusedValues === 0, text: JSON.stringify(inspection, null, 1) };
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return { passed: false, text: error.message };
  }
}

async function makeTarget(name: string, database: string): Promise<void> {
  const create = readCase(name, 'createdb.sql') ?? 'CREATE DATABASE :DB';
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
