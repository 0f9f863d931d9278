import { rm } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillDatabase } from '../../src/check/sqlite/fill.ts';
import { type MigrationFile, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { PrismaFolder } from '../support/prisma-folder.ts';
import { SqliteEngines } from '../support/sqlite-engines.ts';

/** Merges of two branches of random changes. */
const ROUNDS = process.env.VATEVO_TEST_LONG ? 150 : 1;
const CHANGES_A_BRANCH = process.env.VATEVO_TEST_LONG ? 3 : 2;

let engines: SqliteEngines;
beforeAll(async () => {
  engines = await SqliteEngines.open();
});
afterAll(() => engines.close());

/** A number of 32 bits after the other, always the same from the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Edit = (schema: string) => string;

const MODELS = ['Tenant', 'Invoice', 'WebhookEvent', 'IdempotencyKey'];
const field =
  (model: string, line: string): Edit =>
  (schema) =>
    schema.replace(`model ${model} {\n`, `model ${model} {\n  ${line}\n`);

/** A change that takes nothing away: its names are those of one branch alone, so that any two go together. */
function randomEdit(random: (below: number) => number, name: string): Edit {
  const model = MODELS[random(MODELS.length)] as string;
  const kinds: Edit[] = [
    (schema) => schema.replace(/enum CountryCode \{\n/, `$&  ${name.toUpperCase()}\n`),
    (schema) => schema.replace(/enum InvoiceStatus \{\n/, `$&  ${name.toUpperCase()}\n`),
    field(model, `${name} String?`),
    field(model, `${name} String @default("it's")`),
    field(model, `${name} Int @default(7)`),
    field(model, `${name} Decimal @default(1.50) @db.Decimal`),
    field(model, `${name} DateTime @default(now()) @db.Timestamptz(6)`),
    field(model, `${name} DateTime? @db.Timestamptz(6)`),
    field(model, `${name} CountryCode?`),
    field(model, `${name} InvoiceStatus @default(DRAFT)`),
    field(model, `${name} Boolean @default(false)\n\n  @@index([${name}])`),
    field(model, `${name} String? @unique`),
    (schema) =>
      `${field('Tenant', `${name}s ${name}[]`)(schema)}\nmodel ${name} {\n  id Int @id @default(autoincrement())\n  tenantId Int\n  status InvoiceStatus?\n  tenant Tenant @relation(fields: [tenantId], references: [id])\n}\n`,
    // Once: the other branch may have done it, too.
    (schema) => schema.replace(/^( {2}retryCount .*)@default\(0\)/m, '$1@default(1)'),
    (schema) => schema.replace(/^( {2}deliveryAttempts .*)@default\(0\)/m, '$1@default(3)'),
    (schema) => schema.replace(/^( {2}errorMessage +)String\? /m, '$1String @default("") '),
  ];
  return kinds[random(kinds.length)] as Edit;
}

/** What a database holds, table by table: looked at by this test on its own. */
function contents(database: Database.Database): Map<string, Record<string, unknown>[]> {
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .pluck()
    .all() as string[];
  return new Map(
    tables.map((table) => [
      table,
      database.prepare(`SELECT * FROM "${table}" ORDER BY rowid`).safeIntegers().all() as Record<
        string,
        unknown
      >[],
    ]),
  );
}

const marks = (database: Database.Database) =>
  new Map(database.prepare('SELECT name, seq FROM sqlite_sequence').raw().all() as [string, number][]);

function apply(database: Database.Database, migrations: readonly MigrationFile[]): void {
  for (const { script } of migrations) database.exec(script);
}

describe('random changes of the schema, on two branches', () => {
  it.each(Array.from({ length: ROUNDS }, (_, seed) => seed))('lose nothing: %i', async (seed) => {
    const random = randomFrom(seed + 1);
    const branches = await Promise.all([PrismaFolder.copy(), PrismaFolder.copy()]);
    const merged = await PrismaFolder.copy();
    const edits: Edit[] = [];
    for (const [which, folder] of branches.entries()) {
      for (let at = 0; at < CHANGES_A_BRANCH; at++) {
        const name = `x${which}${at}`;
        const edit = randomEdit(random, name);
        edits.push(edit);
        await engines.change(folder, name, edit);
        expect(await engines.faults(folder)).toEqual([]);
      }
    }
    // Interleaved by the times at which they were made.
    const scripts: { name: string; script: string }[] = [];
    for (const [which, { root }] of branches.entries()) {
      const own = (await readMigrationFiles(prismaFiles('sqlite', root).migrations)).slice(1);
      scripts.push(
        ...own.map(({ name, script }) => ({
          name: `${name.slice(0, 14)}${which}_${name.slice(15)}`,
          script,
        })),
      );
    }
    for (const edit of edits) await engines.edit(merged, edit);
    for (const { name, script } of scripts.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      await engines.byHand(merged, name.slice(16), script, (schema) => schema);
    }
    // What is refused is taken out and made anew, as the message says.
    const { migrations } = prismaFiles('sqlite', merged.root);
    for (;;) {
      const faults = await engines.faults(merged);
      if (faults.length === 0) break;
      const refused = faults
        .map((fault) => /migrations\/(\w+)\/migration\.sql/.exec(fault)?.[1])
        .find(Boolean);
      if (refused) await rm(path.join(migrations, refused), { recursive: true });
      else expect(await engines.change(merged, 'rest', (schema) => schema)).not.toBe('');
    }

    const [init, ...later] = await readMigrationFiles(migrations);
    const database = new Database(':memory:');
    database.pragma('foreign_keys = OFF');
    apply(database, init ? [init] : []);
    fillDatabase(database);
    const before = contents(database);
    const marked = marks(database);
    const checks = ['tenants_api_key_hash_check', 'tenants_api_key_prefix_check', 'invoices_status_check'];
    apply(database, later);
    const after = contents(database);
    for (const [table, rows] of before) {
      expect(after.get(table)?.length, table).toBe(rows.length);
      for (const [at, row] of rows.entries()) {
        const now = after.get(table)?.[at] ?? {};
        const kept = Object.fromEntries(Object.keys(row).map((column) => [column, now[column]]));
        // What must not be NULL any more got its default.
        if (table === 'invoices' && row.error_message === null && now.error_message === '')
          kept.error_message = null;
        expect(kept, `${table} ${at}`).toEqual(row);
      }
    }
    for (const [table, mark] of marked) expect(marks(database).get(table)).toBeGreaterThanOrEqual(mark);
    const schema = String(database.prepare('SELECT group_concat(sql) FROM sqlite_schema').pluck().get());
    for (const check of checks) expect(schema).toContain(check);
    expect(schema).toContain(`WHERE NOT "delivered"`);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  });
});
