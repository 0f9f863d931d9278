import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COPY_HEADER, COPY_TRAILER, CopyWriter } from '../src/column-types/encode/copy-writer.ts';
import { columnType } from '../src/column-types/registry.ts';
import type { SqliteValue, TargetType } from '../src/column-types/types.ts';

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

type NotNull = Exclude<SqliteValue, null>;

/** Encodes values, loads them with binary COPY, and returns what the server prints for each. */
async function roundTrip(type: TargetType, values: readonly NotNull[]): Promise<string[]> {
  const encode = columnType(type).encode(type, {});
  const out = new CopyWriter(64);
  for (const value of values) {
    out.int16(1);
    const refusal = encode(value, out);
    if (refusal) throw new Error(`${String(value)}: ${refusal}`);
  }
  await client.query(
    `DROP TABLE IF EXISTS t; CREATE TABLE t (n int GENERATED ALWAYS AS IDENTITY, v ${type.sql})`,
  );
  const stream = client.query(copyFrom('COPY t (v) FROM STDIN (FORMAT binary)'));
  stream.write(COPY_HEADER);
  stream.write(out.take());
  await new Promise<void>((resolve, reject) => {
    stream.on('finish', resolve).on('error', reject);
    stream.end(COPY_TRAILER);
  });
  const { rows } = await client.query<{ v: string }>('SELECT v::text AS v FROM t ORDER BY n');
  return rows.map((row) => row.v);
}

/** What PostgreSQL's own input makes of the texts. */
async function printed(type: TargetType, texts: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ v: string }>(
    `SELECT (v::${type.sql})::text AS v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n`,
    [texts],
  );
  return rows.map((row) => row.v);
}

function refusal(type: TargetType, value: NotNull): string | undefined {
  return columnType(type).encode(type, {})(value, new CopyWriter(64));
}

const of = (name: string, more: Partial<TargetType> = {}): TargetType => ({ name, sql: name, ...more });
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const pad = (value: number, width: number) => String(value).padStart(width, '0');

describe('numeric', () => {
  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 60n }), fc.option(digits(1, 30)))
    .map(
      ([negative, whole, fraction]) =>
        `${negative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`,
    )
    .filter((text) => !/^-[0.]+$/.test(text));

  it('comes back as the very text, whatever the scale', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(decimal, { minLength: 50, maxLength: 200 }), async (texts) => {
        expect(await roundTrip(of('numeric'), texts)).toEqual(texts);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it('holds the edges: zero groups in the middle and at both ends', async () => {
    const texts = [
      '0',
      '0.0',
      '0.00',
      '100.00',
      '10000',
      '100000000',
      '1.00001',
      '0.00000001',
      '12345678.87654321',
      '10001.0001',
      '-0.5',
      '9999',
      '10000.0000',
    ];
    expect(await roundTrip(of('numeric'), texts)).toEqual(texts);
  });

  it('pads what has fewer digits to the scale of numeric(p, s)', async () => {
    const type = of('numeric', { sql: 'numeric(10,2)', precision: 10, scale: 2 });
    expect(await roundTrip(type, [5n, 0.5, '5.1', '5', '5.1000', -12345678n])).toEqual([
      '5.00',
      '0.50',
      '5.10',
      '5.00',
      '5.10',
      '-12345678.00',
    ]);
    expect(refusal(type, '5.101')).toMatch(/digits/);
    expect(refusal(type, '123456789.00')).toMatch(/range/);
    expect(refusal(type, 0.123)).toMatch(/digits/);
  });

  it.each([
    '1e3',
    '1.23E+29',
    'NaN',
    'Infinity',
    '+1',
    '.5',
    '5.',
    ' 5',
    '5 ',
    '',
    '-0',
    '-0.00',
    '007',
    '1,5',
    '0x10',
    '--1',
  ])('refuses %j', (text) => {
    expect(refusal(of('numeric'), text)).toBeTypeOf('string');
  });
});

describe('timestamptz', () => {
  const type = of('timestamptz');
  const moment = fc
    .record({
      year: fc.integer({ min: 1, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
      seconds: fc.integer({ min: 0, max: 86_399 }),
      fraction: fc.option(digits(1, 6)),
      separator: fc.constantFrom(' ', 'T'),
      zone: fc.constantFrom('', 'Z', '+00:00', '+02:00', '-05:30', '+0545', '-11'),
    })
    .filter(({ year, zone }) => zone === '' || zone === 'Z' || (year > 1 && year < 9999))
    .map(({ year, month, day, seconds, fraction, separator, zone }) => {
      const time = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
      return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}${separator}${time}${fraction === null ? '' : `.${fraction}`}${zone}`;
    });

  it('is the instant that PostgreSQL reads from the same text in UTC', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 100, maxLength: 300 }), async (texts) => {
        expect(await roundTrip(type, texts)).toEqual(await printed(type, texts));
      }),
      { numRuns: 10, seed: 2 },
    );
  });

  it.each([
    '2024-02-30 00:00:00',
    '2023-02-29 00:00:00',
    '1900-02-29 00:00:00',
    '2024-13-01 00:00:00',
    '2024-00-10 00:00:00',
    '2024-1-1 00:00:00',
    '2024-01-01 1:02:03',
    '2024-01-01 24:00:00',
    '2024-01-01 23:60:00',
    '2024-01-01 23:59:60',
    '2024-01-01 00:00:00.',
    '2024-01-01 00:00:00.1234567',
    '2024-01-01 00:00:00+99:00',
    '2024-01-01 00:00:00 CET',
    '2024-01-01T',
    '0000-01-01 00:00:00',
    'now',
    '',
  ])('refuses %j', (text) => {
    expect(refusal(type, text)).toBeTypeOf('string');
  });

  it('refuses numbers unless a policy says what they count', async () => {
    expect(refusal(type, 1_700_000_000n)).toMatch(/no policy/);
    const seconds = columnType(type).encode(type, { numericTimes: 'epoch-seconds' });
    expect(seconds?.(1_700_000_000n, new CopyWriter(64))).toBeUndefined();
  });
});

describe('jsonb', () => {
  const type = of('jsonb');

  it('is what PostgreSQL reads from the same text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json({ noUnicodeString: false }), { minLength: 20, maxLength: 60 }),
        async (texts) => {
          const accepted = texts.filter((text) => refusal(type, text) === undefined);
          expect(await roundTrip(type, accepted)).toEqual(await printed(type, accepted));
        },
      ),
      { numRuns: 10, seed: 3 },
    );
  });

  it('keeps numbers beyond 2^53 and their scale, and scalars that affinity made numbers', async () => {
    expect(await roundTrip(type, ['{"n":9007199254740993,"s":1.00}', 503n, 1.5, 'null', '"x"'])).toEqual([
      '{"n": 9007199254740993, "s": 1.00}',
      '503',
      '1.5',
      'null',
      '"x"',
    ]);
  });

  it.each([
    ['NaN', /not valid/],
    ['{"a":NaN}', /not valid/],
    ['{"a":1,"a":2}', /twice/],
    ['{"a":1,"\\u0061":2}', /twice/],
    ['"\\u0000"', /u0000/],
    ['"\\ud800"', /surrogate/],
    ['"\\ud800\\u0041"', /surrogate/],
    ['"\\udc00"', /surrogate/],
    ['{"a":-0}', /negative zero/],
    ['[1,]', /not valid/],
    ['{"a" 1}', /not valid/],
    ["{'a':1}", /not valid/],
    ['01', /not valid/],
    ['"\t"', /not valid/],
    ['', /not valid/],
    ['{} {}', /not valid/],
    ['1e999999', /beyond/],
    ['['.repeat(5000), /deeper/],
  ])('refuses %j', (text, reason) => {
    expect(refusal(type, text)).toMatch(reason);
  });
});

describe('other types', () => {
  it('carries integers within the range only', async () => {
    expect(await roundTrip(of('int4'), [-(2n ** 31n), 0n, 2n ** 31n - 1n])).toEqual([
      '-2147483648',
      '0',
      '2147483647',
    ]);
    expect(await roundTrip(of('int8'), [-(2n ** 63n), -1n, 2n ** 53n + 1n, 2n ** 63n - 1n])).toEqual([
      '-9223372036854775808',
      '-1',
      '9007199254740993',
      '9223372036854775807',
    ]);
    expect(refusal(of('int4'), 2n ** 31n)).toMatch(/range/);
    expect(refusal(of('int4'), 1.5)).toMatch(/real value/);
    expect(refusal(of('int4'), '7')).toMatch(/text value/);
  });

  it('takes 0 and 1 for booleans, labels for enums, and text without NUL', async () => {
    expect(await roundTrip(of('bool'), [0n, 1n])).toEqual(['false', 'true']);
    expect(refusal(of('bool'), 2n)).toMatch(/0 or 1/);
    expect(refusal(of('enum', { labels: ['A'] }), 'a')).toMatch(/label/);
    const texts = ['', 'plain', 'ü'.repeat(40), '😀', 'x'.repeat(5000), 'tab\tnew\nline\\N'];
    expect(await roundTrip(of('text'), texts)).toEqual(texts);
    expect(refusal(of('text'), 'a\0b')).toMatch(/NUL/);
    const short = of('varchar', { sql: 'varchar(3)', maxLength: 3 });
    expect(await roundTrip(short, ['äöü', '😀😀😀'])).toEqual(['äöü', '😀😀😀']);
    expect(refusal(short, 'abcd')).toMatch(/longer/);
  });

  it('carries bytes, uuids, dates and floats', async () => {
    expect(await roundTrip(of('bytea'), [Buffer.from([0, 255, 1])])).toEqual(['\\x00ff01']);
    const uuid = '018f4b1e-0000-7000-8000-0123456789ab';
    expect(await roundTrip(of('uuid'), [uuid, `{${uuid.replaceAll('-', '').toUpperCase()}}`])).toEqual([
      uuid,
      uuid,
    ]);
    expect(refusal(of('uuid'), Buffer.from(uuid.replaceAll('-', ''), 'hex'))).toMatch(/order of its bytes/);
    expect(await roundTrip(of('date'), ['2024-02-29', '0001-01-01', '9999-12-31'])).toEqual([
      '2024-02-29',
      '0001-01-01',
      '9999-12-31',
    ]);
    expect(await roundTrip(of('float8'), [0.1, -1e300, 3n])).toEqual(['0.1', '-1e+300', '3']);
    expect(refusal(of('float8'), 2n ** 53n + 1n)).toMatch(/exact/);
  });
});
