import { type Inspection, inspectSource, SourceRefusedError, transfer } from '@vatevo/transfer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePair, type Pair } from '../support.ts';
import { CARRIED, COLUMNS, REFUSED } from './values.ts';

const names = Object.keys(COLUMNS);
const postgres = `
  CREATE TYPE mood AS ENUM ('ok', 'bad');
  CREATE TABLE v (id int PRIMARY KEY, ${names.map((name) => `${name} ${COLUMNS[name as keyof typeof COLUMNS]}`).join(', ')});`;
const sqlite = (values: readonly (readonly [string, string, ...unknown[]])[]) => `
  CREATE TABLE v (id INTEGER PRIMARY KEY, ${names.join(', ')});
  ${values.map(([column, literal], i) => `INSERT INTO v (id, ${column}) VALUES (${i + 1}, ${literal});`).join('\n')}`;
const brief = (literal: string) => (literal.length > 60 ? `${literal.slice(0, 60)}…` : literal);

describe('a value that its column cannot hold', () => {
  let pair: Pair;
  let inspection: Inspection;
  beforeAll(async () => {
    pair = await makePair(sqlite(REFUSED), postgres);
    inspection = await inspectSource(pair.endpoints);
  });
  afterAll(() => pair.drop());

  it.each(
    REFUSED.map(([column, literal, reason, shown], i) => ({
      i,
      column,
      literal: brief(literal),
      reason,
      shown,
    })),
  )('is found in $column: $literal', ({ i, column, reason, shown }) => {
    const found = inspection.refusals.filter(({ key }) => key === `id=${i + 1}`);
    expect(found).toEqual([
      {
        table: 'v',
        key: `id=${i + 1}`,
        column,
        reason: expect.stringMatching(reason),
        value: expect.any(String),
      },
    ]);
    if (shown !== undefined) expect(found[0]?.value).toBe(shown);
    expect(found[0]?.value.length).toBeLessThanOrEqual(40);
  });

  it('refuses the file, all values at once, with nothing loaded', async () => {
    expect(inspection.refusedValues).toBe(REFUSED.length);
    const error = await transfer(pair.endpoints).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceRefusedError);
    expect((error as SourceRefusedError).inspection.refusals).toEqual(inspection.refusals);
    expect(await pair.query('SELECT count(*)::int AS rows FROM v')).toEqual([{ rows: 0 }]);
    expect(await pair.query(`SELECT to_regnamespace('vatevo_transfer') AS ledger`)).toEqual([
      { ledger: null },
    ]);
  });
});

it('carries what only looks odd exactly as it is', async () => {
  const pair = await makePair(sqlite(CARRIED), postgres);
  try {
    const report = await transfer(pair.endpoints);
    expect(report.verification?.equal).toBe(true);
    const rows = await pair.query<Record<string, string>>(
      `SELECT ${names.map((name) => `${name}::text`).join(', ')} FROM v ORDER BY id`,
    );
    for (const [i, [column, literal, printed]] of CARRIED.entries()) {
      expect(rows[i]?.[column], `${column}: ${brief(literal)}`).toBe(printed);
    }
  } finally {
    await pair.drop();
  }
});
