import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonicalJson } from '../src/column-types/json/canonical-print.ts';
import { scanJson } from '../src/column-types/json/encode-scan.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function jsonb(texts: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ v: string }>(
    'SELECT v::jsonb::text AS v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n',
    [texts],
  );
  return rows.map((row) => row.v);
}

it('prints what jsonb prints', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json(), { minLength: 20, maxLength: 60 }), async (found) => {
      const texts = found.filter((text) => scanJson(text) === undefined);
      expect(texts.map(canonicalJson)).toEqual(await jsonb(texts));
    }),
    { numRuns: 20, seed: 4 },
  );
});

it('prints numbers, keys and escapes as jsonb does', async () => {
  const texts = [
    '1.5e3',
    '1E-3',
    '-1.20e1',
    '1.0',
    '100',
    '1e2',
    '0.00',
    '12e-1',
    '123456789012345678901234567890.5e-3',
    '0e5',
    '{"bb":1,"a":2,"ä":3,"":4}',
    ' [ 1 , {"x" : [ ] , "y":{ } } ] ',
    '"\\u00e4\\n\\u001f\\/\\ud83d\\ude00"',
    '"a b  c"',
    'true',
    'null',
  ];
  expect(texts.map(canonicalJson)).toEqual(await jsonb(texts));
});

it.each(['', '{', '[1,]', 'nope', '{"a"}', '1 2', 'NaN', '[1}'])('knows that %j is no JSON', (text) => {
  expect(canonicalJson(text)).toBeUndefined();
});
