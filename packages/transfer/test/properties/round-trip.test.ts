import { inspectSource, transfer, verifyTransfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Example } from '../../src/column-types/examples.ts';
import type { SqliteValue } from '../../src/column-types/types.ts';
import { quoteName } from '../../src/quote.ts';
import { makePair, type Pair } from '../support.ts';
import { runs } from './long.ts';
import { anything, EXAMPLES, SETUP } from './values.ts';

interface Column {
  readonly name: string;
  readonly example: Example;
  readonly notNull: boolean;
}

interface Table {
  readonly name: string;
  readonly key: 'rowid' | 'without rowid' | 'text' | 'none';
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly SqliteValue[])[];
}

/** Names of PostgreSQL's length, without NUL, and different without regard to case. */
const names = (count: number) =>
  fc.uniqueArray(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter(
        (name) =>
          !/[\0\ufffd]|^sqlite_|^id$/i.test(name) &&
          Buffer.byteLength(name) <= 63 &&
          !/\p{Surrogate}/u.test(name),
      ),
    { minLength: count, maxLength: count, selector: (name) => name.toLowerCase().normalize() },
  );

const columnsOf = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.tuple(
    names(count),
    fc.array(fc.record({ example: fc.constantFrom(...EXAMPLES), notNull: fc.boolean() }), {
      minLength: count,
      maxLength: count,
    }),
  ),
);

function table(
  values: (column: { example: Example; notNull: boolean }) => fc.Arbitrary<SqliteValue>,
): fc.Arbitrary<Table> {
  return fc
    .record({
      name: names(1).map(([name]) => name as string),
      key: fc.constantFrom('rowid', 'without rowid', 'text', 'none' as const),
      columns: columnsOf,
    })
    .chain(({ name, key, columns: [called, examples] }) =>
      fc.array(fc.tuple(...examples.map(values)), { maxLength: 12 }).map((rows) => ({
        name,
        key,
        columns: examples.map((column, i) => ({ ...column, name: called[i] as string })),
        rows,
      })),
    );
}

async function make({ name, key, columns, rows }: Table): Promise<Pair> {
  const id = {
    rowid: 'id INTEGER PRIMARY KEY',
    'without rowid': 'id INTEGER PRIMARY KEY',
    text: 'id TEXT PRIMARY KEY',
    none: 'id',
  }[key];
  const pair = await makePair(
    `CREATE TABLE ${quoteName(name)} (${[id, ...columns.map((column) => quoteName(column.name))].join(', ')})${key === 'without rowid' ? ' WITHOUT ROWID' : ''}`,
    `${SETUP}CREATE TABLE ${quoteName(name)} (${[
      `id ${key === 'text' ? 'text' : 'int8'}${key === 'none' ? '' : ' PRIMARY KEY'}`,
      ...columns.map(
        (column) =>
          `${quoteName(column.name)} ${column.example.type.sql}${column.notNull ? ' NOT NULL' : ''}`,
      ),
    ].join(', ')})`,
  );
  const db = new Database(pair.file);
  const insert = db.prepare(
    `INSERT INTO ${quoteName(name)} VALUES (${['?', ...columns.map(() => '?')].join(', ')})`,
  );
  for (const [i, row] of rows.entries()) {
    // A key at any distance; the last one stands for both ends of what a rowid can be.
    const number = i === 11 ? 2n ** 63n - 1n : BigInt(i) ** 3n - 20n;
    insert.run(key === 'text' ? `k${number}` : number, ...row);
  }
  db.close();
  return pair;
}

const held = ({ example, notNull }: { example: Example; notNull: boolean }) =>
  notNull ? (example.values as fc.Arbitrary<SqliteValue>) : fc.option(example.values, { freq: 6 });

/** Milliseconds. */
const TIMEOUT = runs(120_000, 900_000);

it(
  'whatever a table holds that the target can hold arrives, and is proven',
  async () => {
    await fc.assert(
      fc.asyncProperty(table(held), async (of) => {
        const pair = await make(of);
        try {
          const report = await transfer(pair.endpoints);
          expect(report.inspection?.refusals).toEqual([]);
          expect(report.verification).toMatchObject({
            equal: true,
            tables: [{ sourceRows: of.rows.length, targetRows: of.rows.length }],
          });
          expect(report.alterations).toEqual([]);
        } finally {
          await pair.drop();
        }
      }),
      { numRuns: runs(4, 300), seed: 11 },
    );
  },
  TIMEOUT,
);

it(
  'whatever else lies in a column is refused and set aside, and what remains is proven: never altered',
  async () => {
    const mixed = (column: { example: Example; notNull: boolean }) =>
      fc.oneof<fc.MaybeWeightedArbitrary<SqliteValue>[]>(
        { weight: 3, arbitrary: held(column) },
        { weight: 1, arbitrary: fc.option(anything) },
      );
    await fc.assert(
      fc.asyncProperty(table(mixed), async (of) => {
        const pair = await make(of);
        try {
          const { refusedValues, refusals } = await inspectSource(pair.endpoints);
          const bad = new Set(refusals.map(({ key }) => key));
          if (refusedValues > 0)
            await expect(transfer(pair.endpoints)).rejects.toMatchObject({ kind: 'source-refused' });
          const report = await transfer({ ...pair.endpoints, quarantine: true });
          expect(report.verification?.equal).toBe(true);
          expect(report.quarantine?.rows ?? 0).toBe(bad.size);
          expect((report.verification?.tables[0]?.targetRows ?? 0) + bad.size).toBe(of.rows.length);
          expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true, excluded: bad.size });
        } finally {
          await pair.drop();
        }
      }),
      { numRuns: runs(4, 300), seed: 12 },
    );
  },
  TIMEOUT,
);
