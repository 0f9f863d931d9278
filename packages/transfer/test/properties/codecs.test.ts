import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COPY_HEADER, COPY_TRAILER, CopyWriter } from '../../src/column-types/encode/copy-writer.ts';
import type { Example } from '../../src/column-types/examples.ts';
import { columnType, PG_TYPES } from '../../src/column-types/registry.ts';
import type { SqliteValue } from '../../src/column-types/types.ts';
import type { ColumnPlan } from '../../src/plan/types.ts';
import { canonicalForm } from '../../src/source/sqlite/proof/canonical.ts';
import { printedColumn } from '../../src/target/postgres/digest-sql.ts';
import { runs } from './long.ts';
import { anything, EXAMPLES, SETUP } from './values.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'; ${SETUP}`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

type Value = Exclude<SqliteValue, null>;

const columnOf = ({ type }: Example): ColumnPlan => ({
  target: 'v',
  type,
  notNull: false,
  generated: false,
  from: { column: 'v' },
  secret: false,
});

/** Loads the values with binary COPY; what the server prints of each: plainly, for the proof, and for failback. */
async function load(
  example: Example,
  values: readonly Value[],
): Promise<{ text: string; printed: string; restored: string }[]> {
  const encode = columnType(example.type).encode(example.type, {});
  const out = new CopyWriter(64);
  for (const value of values) {
    out.int16(1);
    expect(encode?.(value, out)).toBeUndefined();
  }
  await client.query(
    `DROP TABLE IF EXISTS r; CREATE TEMP TABLE r (n int GENERATED ALWAYS AS IDENTITY, v ${example.type.sql})`,
  );
  const stream = client.query(copyFrom('COPY r (v) FROM STDIN (FORMAT binary)'));
  stream.write(COPY_HEADER);
  stream.write(out.take());
  await new Promise<void>((resolve, reject) => {
    stream.on('finish', resolve).on('error', reject);
    stream.end(COPY_TRAILER);
  });
  const { rows } = await client.query(
    `SELECT r.v::text AS text, ${printedColumn(columnOf(example))} AS printed,
            ${columnType(example.type).restore?.print('r.v') ?? 'NULL'} AS restored FROM r ORDER BY n`,
  );
  return rows;
}

/** The same value as a literal that the server parses on its own. */
function serverLiteral(example: Example, value: Value): string {
  if (value instanceof Uint8Array) {
    const hex = Buffer.from(value).toString('hex');
    return example.type.name === 'uuid' ? hex : `\\x${hex}`;
  }
  // As SQLite prints it, where its text is what is kept.
  if (Object.is(value, -0)) return example.type.name === 'json' ? '-0.0' : '-0';
  return String(value);
}

const plainCast =
  ({ type }: Example) =>
  (literal: string) =>
    `${literal}::${type.sql}`;

const accepts = (example: Example, value: Value) =>
  columnType(example.type).encode(example.type, {})(value, new CopyWriter(64)) === undefined;

it.each(EXAMPLES.map((example) => ({ example, name: example.type.sql })))(
  '$name: what is copied is what the server reads from the same literal, and what the proof expects',
  async ({ example }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 2, arbitrary: example.values }, { weight: 1, arbitrary: anything }), {
          minLength: 30,
          maxLength: 100,
        }),
        async (candidates) => {
          const values = candidates.filter((value) => accepts(example, value));
          const loaded = await load(example, values);
          const { rows } = await client.query<{ v: string }>(
            `SELECT (${(example.read ?? plainCast(example))('v')})::text AS v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n`,
            [values.map((value) => serverLiteral(example, value))],
          );
          expect(loaded.map(({ text }) => text)).toEqual(rows.map(({ v }) => v));
          const form = canonicalForm(columnOf(example));
          expect(loaded.map(({ printed }) => printed)).toEqual(values.map(form));
        },
      ),
      { numRuns: runs(6, 200), seed: 13 },
    );
  },
);

it.each(EXAMPLES.map((example) => ({ example, name: example.type.sql })))(
  '$name: what goes back to SQLite is proven equal to what came from it',
  async ({ example }) => {
    const { restore } = columnType(example.type);
    if (restore === undefined) return;
    const form = canonicalForm(columnOf(example));
    await fc.assert(
      fc.asyncProperty(fc.array(example.values, { minLength: 30, maxLength: 60 }), async (values) => {
        const loaded = await load(example, values);
        const back = loaded.map(({ restored }) => restore.store(restored));
        expect(back.map((value) => value !== undefined && form(value))).toEqual(values.map(form));
      }),
      { numRuns: runs(3, 100), seed: 16 },
    );
  },
);

it('every type has examples', () => {
  expect([...new Set(EXAMPLES.map(({ type }) => type.name))].sort()).toEqual([...PG_TYPES].sort());
});

it.each(EXAMPLES.map((example) => ({ example, name: example.type.sql })))(
  '$name: what it can hold is accepted',
  ({ example }) => {
    fc.assert(
      fc.property(example.values, (value) => accepts(example, value)),
      { numRuns: runs(200, 20_000), seed: 14 },
    );
  },
);

/** Text that the server prints as it was written is text that could be carried: nothing is refused for nothing. */
it.each(['numeric', 'date', 'uuid', 'text'])(
  '%s: a text that the server gives back unchanged is accepted',
  async (name) => {
    const example = EXAMPLES.find(({ type }) => type.sql === name) as Example;
    const givenBack = async (text: string) => {
      try {
        const { rows } = await client.query<{ same: boolean }>(
          `SELECT $1::text::${name}::text = $1 AS same`,
          [text],
        );
        return rows[0]?.same === true;
      } catch {
        return false;
      }
    };
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        if (typeof value !== 'string' || value.includes('\0') || /\p{Surrogate}/u.test(value)) return;
        if (/^-?(nan|infinity)$/i.test(value) || /BC$|^\d{5,}-/.test(value)) return;
        if (await givenBack(value)) expect(accepts(example, value)).toBe(true);
      }),
      { numRuns: runs(300, 10_000), seed: 15 },
    );
  },
);
