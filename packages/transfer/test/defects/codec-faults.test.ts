import type { DifferencesError, TransferMapping } from '@vatevo/transfer';
import { afterAll, describe, expect, it } from 'vitest';
import { buildFaultyEngine } from '../faulty-engine.ts';
import { makePair } from '../support.ts';
import { FAULTS } from './codec-faults.mjs';
import { plain, publishedSection } from './page.ts';
import { sampled } from './sample.ts';

/** Values in which each of the faults shows, and as many in which it does not. */
const SQLITE = `
  CREATE TABLE sample (id INTEGER PRIMARY KEY, big INTEGER, medium INTEGER, flag BOOLEAN, money TEXT, words TEXT, short TEXT,
    state TEXT, bytes BLOB, token TEXT, double REAL, day TEXT, local TEXT, moment TEXT, counted INTEGER, doc JSON, api_key TEXT);
  CREATE TABLE loose (x INTEGER);
  CREATE TABLE quick (id INTEGER PRIMARY KEY, written TEXT, price TEXT, sentence TEXT);
  INSERT INTO quick VALUES (11, '2025-03-30T01:30:00.123456+02:00', '1', 'x'),
    (12, '2025-01-15 00:00:00.123456', '100.00', 'quick words');
  INSERT INTO sample VALUES
    (1, 9007199254740993, -5, 1, '100.00', ' Mu' || char(776) || 'ller' || char(13, 10), '', 'SENT', x'fffe',
     'c0ffee00-1234-4abc-8def-000000000001', 0.1, '2024-02-29', '2025-01-15 00:00:00.000001', '2025-03-30T01:30:00.123456+02:00',
     1700000000, '{"n":9007199254740993,"f":1.0}', ' vat_0123456789abcdef0123456789abcdef'),
    (2, 2, 2, 0, '12345678901234567890.12', 'x', 'y', 'DRAFT', x'', NULL, 0.5, '1970-01-01', '2025-01-15 00:00:00',
     '2025-01-15 00:00:00', NULL, 'null', 'vat_fedcba9876543210fedcba9876543210');
  INSERT INTO loose VALUES (1), (2);`;
const POSTGRES = `
  CREATE TYPE state AS ENUM ('DRAFT', 'SENT', 'PAID');
  CREATE TABLE sample (id int PRIMARY KEY, big int8, medium int4, flag bool, money numeric, words text, short varchar(20),
    state state, bytes bytea, token uuid, double float8, day date, local timestamp, moment timestamptz, counted timestamptz,
    doc jsonb, hash text NOT NULL, prefix text NOT NULL);
  CREATE TABLE loose (x int);
  CREATE TABLE quick (id int PRIMARY KEY, written timestamptz, price numeric, sentence text);`;
const MAPPING: TransferMapping = {
  tables: {
    sample: {
      columns: {
        counted: { numericTimes: 'epoch-seconds' },
        hash: { from: 'api_key', derive: { kind: 'sha256-hex' }, secret: true },
        prefix: { from: 'api_key', derive: { kind: 'prefix', most: 8, oneIn: 4 } },
      },
    },
  },
};
const NUL = `UPDATE sample SET words = 'a' || char(0) || 'b' WHERE id = 2`;

/** For each fault, where verification must find it first. */
const FOUND_IN: Readonly<Record<string, string>> = {
  'zone ignored': 'id=1 moment',
  'zone added instead of taken off': 'id=1 moment',
  'time taken as local': 'id=2 moment',
  'microseconds cut by Date': 'id=1 local',
  'seconds taken as milliseconds': 'id=1 counted',
  'date in another calendar day': 'id=1 day',
  'text cut at NUL': 'id=2 words',
  'text trimmed': 'id=1 words',
  'text normalised': 'id=1 words',
  'line ends converted': 'id=1 words',
  'text as Latin-1': 'id=1 words',
  'empty text as NULL': 'id=1 short',
  'money through a double': 'id=1 money',
  'scale dropped': 'id=1 money',
  'cents rounded': 'id=1 money',
  'integer through a double': 'id=1 big',
  'sign lost': 'id=1 medium',
  'boolean inverted': 'id=1 flag',
  'double through a single': 'id=1 double',
  'bytes through UTF-8': 'id=1 bytes',
  'uuid with its parts swapped': 'id=1 token',
  'enum by position': 'id=1 state',
  'JSON through JSON.parse': 'id=1 doc',
  'JSON null as NULL': 'id=2 doc',
  'hash in upper case': 'id=1 hash',
  'hash of trimmed text': 'id=1 hash',
  'prefix one too long': 'id=1 prefix',
  'last row of a range excluded': 'id=2 missing',
  'first row of a range twice': 'duplicate',
  'row passed over on a page': 'id=11 missing',
  'zone ignored on a page': 'id=11 written',
  'microseconds cut on a page': 'id=12 written',
  'scale dropped on a page': 'id=12 price',
  'last byte left on the page': 'id=12 sentence',
};

const faults = Object.keys(FAULTS);
const tried = sampled(faults, (fault) => fault.endsWith('page'));
const caught = new Map<string, string>();
const removals: (() => void)[] = [];
afterAll(() => {
  for (const remove of removals) remove();
});

describe.concurrent('a fault in the copy is caught by verification', () => {
  it.for(tried)('%s', async (fault, { expect }) => {
    const engine = await buildFaultyEngine(new URL('./codec-faults.mjs', import.meta.url), fault);
    removals.push(engine.remove);
    // A sound engine refuses NUL; only a faulty one gets as far as verification with it.
    const pair = await makePair(fault === 'text cut at NUL' ? `${SQLITE}${NUL}` : SQLITE, POSTGRES, MAPPING);
    try {
      const error = await engine.transfer({ ...pair.endpoints, readers: 1 }).then(
        () => undefined,
        (thrown: DifferencesError) => thrown,
      );
      expect(error).toMatchObject({ kind: 'differences' });
      const found = error?.verification.differences.map(
        ({ key, kind, column }) => `${key.startsWith('id=') ? `${key} ` : ''}${column ?? kind}`,
      );
      expect(found).toContain(FOUND_IN[fault]);
      caught.set(fault, found?.includes(FOUND_IN[fault] ?? '') ? 'caught' : 'not caught');
    } finally {
      await pair.drop();
    }
  });
});

it('are all caught, as docs/verification.md says', async () => {
  expect(tried.filter((fault) => caught.get(fault) !== 'caught')).toEqual([]);
  const list = faults.map((fault) => `- ${fault}`).join('\n');
  expect(await publishedSection('faults')).toBe(
    plain(`${list}\n\nCaught: ${faults.length} of ${faults.length}.`),
  );
});
