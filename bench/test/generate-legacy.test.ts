import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { legacyMapping } from '@vatevo/ops';
import { openSource, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLegacy, rowsAt } from '../src/generate-legacy.ts';
import { legacySample } from '../src/legacy/schema.ts';
import { Testbed } from '../src/transfer/testbed.ts';

const ROWS = { tenants: 5, invoices: 400, webhook_events: 900 };

const folder = mkdtempSync(join(tmpdir(), 'vatevo-generated-'));
const file = join(folder, 'legacy.db');
beforeAll(() => generateLegacy(file, ROWS));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function contentDigest(path: string): string {
  const db = openSource(path);
  const hash = createHash('sha256');
  for (const table of Object.keys(ROWS)) {
    for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY id`).raw().iterate()) {
      hash.update((row as unknown[]).map((value) => `${typeof value}:${value}`).join('\0'));
    }
  }
  db.close();
  return hash.digest('hex');
}

/** The storage classes that each column has, and the schema. */
function shape(path: string) {
  const db = new Database(path, { readonly: true });
  const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  const classes = Object.fromEntries(
    Object.keys(ROWS).flatMap((table) => {
      const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[];
      return columns.map((column) => [
        `${table}.${column}`,
        db.prepare(`SELECT DISTINCT typeof(${column}) FROM ${table} ORDER BY 1`).pluck().all() as string[],
      ]);
    }),
  );
  db.close();
  return { schema, classes };
}

describe('generateLegacy', () => {
  it('makes the same content every time', () => {
    const again = join(folder, 'again.db');
    generateLegacy(again, ROWS);
    expect(contentDigest(again)).toBe(contentDigest(file));
  });

  it('has the schema of a real legacy file, and stores no value in a class that it has not', () => {
    const made = shape(file);
    const real = shape(legacySample);
    expect(made.schema).toEqual(real.schema);
    for (const [column, classes] of Object.entries(made.classes)) {
      const allowed = new Set([...(real.classes[column] ?? []), 'null']);
      // The sample never had these; the DDL says what the service stored there.
      if (allowed.size === 1) allowed.add('text');
      expect([column, classes.filter((name) => !allowed.has(name))]).toEqual([column, []]);
    }
  });

  it('stores times in both forms, XML in a third of the invoices, and JSON as Python prints it', () => {
    const db = new Database(file, { readonly: true });
    const one = (sql: string) => db.prepare(sql).pluck().get();
    expect(one(`SELECT count(*) FROM invoices WHERE issue_date NOT LIKE '____-__-__ __:__:__.______'`)).toBe(
      0,
    );
    expect(one(`SELECT count(*) FROM invoices WHERE created_at NOT LIKE '____-__-__ __:__:__'`)).toBe(0);
    const withXml = one('SELECT count(ubl_xml) FROM invoices') as number;
    expect(withXml / ROWS.invoices).toBeGreaterThan(0.25);
    expect(withXml / ROWS.invoices).toBeLessThan(0.42);
    expect(one('SELECT avg(octet_length(ubl_xml)) FROM invoices')).toBeGreaterThan(1_200);
    expect(one(`SELECT count(*) FROM invoices WHERE supplier_data GLOB '*[^ -~]*'`)).toBe(0);
    expect(one('SELECT max(json_array_length(line_items)) FROM invoices')).toBe(5);
    db.close();
  });

  it('makes what the transfer moves and verifies', async () => {
    const testbed = await Testbed.open(file);
    try {
      await testbed.withMigrated(async (url) => {
        const report = await transfer({
          source: file,
          mapping: legacyMapping,
          connect: async () => {
            const client = new pg.Client({ connectionString: url });
            await client.connect();
            return client;
          },
        });
        expect(report.verification?.equal).toBe(true);
        expect(report.inspection?.refusedValues).toBe(0);
        expect(report.copied.rows).toBe(1_305);
      });
    } finally {
      await testbed.close();
    }
  });
});

it('knows how many rows a scale has', () => {
  expect(rowsAt(1)).toEqual({ tenants: 1_000, invoices: 500_000, webhook_events: 1_000_000 });
  expect(rowsAt(0.000_001)).toEqual({ tenants: 1, invoices: 1, webhook_events: 1 });
});
