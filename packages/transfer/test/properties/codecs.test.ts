import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COPY_HEADER, COPY_TRAILER, CopyWriter } from '../../src/column-types/encode/copy-writer.ts';
import { columnType } from '../../src/column-types/registry.ts';
import type { SqliteValue } from '../../src/column-types/types.ts';
import type { ColumnPlan } from '../../src/plan/types.ts';
import { canonicalForm } from '../../src/verify/canonical.ts';
import { printedColumn } from '../../src/verify/target-sql.ts';
import { runs } from './long.ts';
import { anything, KINDS, type Kind } from './values.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

type Value = Exclude<SqliteValue, null>;

const columnOf = ({ type }: Kind): ColumnPlan => ({
  target: 'v',
  type,
  notNull: false,
  generated: false,
  from: { column: 'v' },
  secret: false,
});

/** Loads the values with binary COPY; what the server prints of each, in the plain and in the proof's form. */
async function load(kind: Kind, values: readonly Value[]): Promise<{ text: string; printed: string }[]> {
  const encode = columnType(kind.type).encode(kind.type, {});
  const out = new CopyWriter(64);
  for (const value of values) {
    out.int16(1);
    expect(encode?.(value, out)).toBeUndefined();
  }
  await client.query(
    `DROP TABLE IF EXISTS r; CREATE TEMP TABLE r (n int GENERATED ALWAYS AS IDENTITY, v ${kind.type.sql})`,
  );
  const stream = client.query(copyFrom('COPY r (v) FROM STDIN (FORMAT binary)'));
  stream.write(COPY_HEADER);
  stream.write(out.take());
  await new Promise<void>((resolve, reject) => {
    stream.on('finish', resolve).on('error', reject);
    stream.end(COPY_TRAILER);
  });
  const { rows } = await client.query(
    `SELECT r.v::text AS text, ${printedColumn(columnOf(kind))} AS printed FROM r ORDER BY n`,
  );
  return rows;
}

/** The same value as a literal that the server parses on its own. */
function serverLiteral(kind: Kind, value: Value): string {
  if (value instanceof Uint8Array) {
    const hex = Buffer.from(value).toString('hex');
    return kind.type.name === 'uuid' ? hex : `\\x${hex}`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

const accepts = (kind: Kind, value: Value) =>
  columnType(kind.type).encode(kind.type, {})(value, new CopyWriter(64)) === undefined;

it.each(KINDS.map((kind) => ({ kind, name: kind.type.sql })))(
  '$name: what is copied is what the server reads from the same literal, and what the proof expects',
  async ({ kind }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 2, arbitrary: kind.values }, { weight: 1, arbitrary: anything }), {
          minLength: 30,
          maxLength: 100,
        }),
        async (candidates) => {
          const values = candidates.filter((value) => accepts(kind, value));
          const loaded = await load(kind, values);
          const { rows } = await client.query<{ v: string }>(
            `SELECT (v::${kind.type.sql})::text AS v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n`,
            [values.map((value) => serverLiteral(kind, value))],
          );
          expect(loaded.map(({ text }) => text)).toEqual(rows.map(({ v }) => v));
          const form = canonicalForm(columnOf(kind));
          expect(loaded.map(({ printed }) => printed)).toEqual(values.map(form));
        },
      ),
      { numRuns: runs(6, 200), seed: 13 },
    );
  },
);

it.each(KINDS.map((kind) => ({ kind, name: kind.type.sql })))(
  '$name: what it can hold is accepted',
  ({ kind }) => {
    fc.assert(
      fc.property(kind.values, (value) => accepts(kind, value)),
      { numRuns: runs(200, 20_000), seed: 14 },
    );
  },
);

/** Text that the server prints as it was written is text that could be carried: nothing is refused for nothing. */
it.each(['numeric', 'date', 'uuid', 'text'])(
  '%s: a text that the server gives back unchanged is accepted',
  async (name) => {
    const kind = KINDS.find(({ type }) => type.sql === name) as Kind;
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
        expect(accepts(kind, value)).toBe(await givenBack(value));
      }),
      { numRuns: runs(300, 10_000), seed: 15 },
    );
  },
);
