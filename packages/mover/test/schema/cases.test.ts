import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { printDesign } from '../../src/schema/design/print.ts';
import { designSchema } from '../../src/schema/design-schema.ts';
import { questions } from '../../src/schema/questions.ts';
import { caseNames, makeSource, readCase } from '../case-sources.ts';
import { differences, runWithPsql } from './tried.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-schema-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All of them take minutes: some, and those that only a program can make, show that it works at all. */
const isLong = process.env.VATEVO_TEST_LONG !== undefined;
const programs = caseNames.filter((name) => readCase(name, 'sqlite.sql') === undefined);
const tried = caseNames.filter((name, i) => isLong || i % 16 === 0 || programs.indexOf(name) % 2 === 1);

// One of them has a text of 300 MB in the long suite.
it.each(tried)('makes tables that take %s', { timeout: isLong ? 900_000 : 120_000 }, async (name) => {
  await tryTables(await makeSource(folder, name), name);
});

/** As the tools that applications are written with make them. */
const sources = fileURLToPath(new URL('./sources/', import.meta.url));

it.each(readdirSync(sources).filter((_, i) => isLong || i % 4 === 0))(
  'makes tables that take all of %s',
  async (name) => {
    const source = join(folder, `${name}.db`);
    const db = new Database(source);
    db.exec(readFileSync(join(sources, name), 'utf8'));
    db.close();
    await tryTables(source, name);
  },
);

it('says of a foreign key that a collation of SQLite fulfils what PostgreSQL makes of it', async () => {
  const source = await makeSource(mkdtempSync(join(folder, 'said-')), '82-fk-nocase-mismatch');
  const input = { source, readable: source, schema: 'public', mapping: {}, readers: 1 };
  const { design } = await designSchema(input);
  expect(printDesign(design, 'app.db')).toMatch(
    /a row points to a key that is written otherwise, which is the same by NOCASE .* \(id=1: ADA\); fix these rows/,
  );
});

async function tryTables(source: string, name: string): Promise<void> {
  const designed = await designSchema({
    source,
    readable: source,
    schema: 'public',
    mapping: {},
    readers: 1,
  });
  const database = await testDatabase();
  try {
    runWithPsql(database.url, printDesign(designed.design, name));
    if (designed.inspection.refusedValues > 0 || designed.virtualTables.length > 0) {
      expect(questions(designed)).not.toEqual([]);
      return;
    }
    const connect = async () => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query(`SET TIME ZONE 'UTC'`);
      return client;
    };
    const endpoints = { source, connect, mapping: designed.mapping, readers: 1 };
    expect(await transfer(endpoints)).toMatchObject({ outcome: 'transferred' });
    const client = await connect();
    try {
      expect(await differences(source, client, designed)).toEqual([]);
    } finally {
      await client.end();
    }
  } finally {
    await database.drop();
  }
}
