import fc from 'fast-check';
import type { SqliteValue, TargetType } from '../../src/column-types/types.ts';

type Value = Exclude<SqliteValue, null>;

const int = (bits: bigint) => fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });
const digit = fc.constantFrom(...'0123456789');
const digits = (minLength: number, maxLength: number) => fc.string({ unit: digit, minLength, maxLength });
const pad = (value: number, width: number) => String(value).padStart(width, '0');

const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 50n }), fc.option(digits(1, 25)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`)
  .filter((text) => !/^-[0.]+$/.test(text));

const day = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
  // Every day that exists, the leap days among them.
  .filter(([y, m, d]) => d <= new Date(Date.UTC(2000 + (y % 400), m, 0)).getUTCDate())
  .map(([y, m, d]) => `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`);
const time = fc
  .tuple(fc.integer({ min: 0, max: 86_399 }), fc.option(digits(1, 6)), fc.constantFrom(' ', 'T'))
  .map(
    ([s, fraction, between]) =>
      `${between}${pad(Math.floor(s / 3600), 2)}:${pad(Math.floor(s / 60) % 60, 2)}:${pad(s % 60, 2)}${fraction === null ? '' : `.${fraction}`}`,
  );
const local = fc.tuple(day, time).map(([d, t]) => d + t);
const zoned = fc
  .tuple(local, fc.constantFrom('', 'Z', '+00', '+02:00', '-05:30', '+0545', '-1559'))
  .filter(([text]) => !/^(0001-01-01|9999-12-31)/.test(text))
  .map(([text, zone]) => text + zone);

/** Text of any characters but NUL; half of a surrogate pair is none. */
const text = (maxLength: number) =>
  fc.string({ unit: 'binary', maxLength }).map((value) => value.replaceAll('\0', ''));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((value) => {
  const hex = Buffer.from(value).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
});
const json = fc.json({ maxDepth: 4 }).filter((value) => !/\\u0000|-0(?![.\d])|-0\.0*(?!\d)/.test(value));
const real = fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value));

/** A type of the target with values that it holds exactly, as SQLite stores them. */
export interface Kind {
  readonly type: TargetType;
  readonly values: fc.Arbitrary<Value>;
}

const kind = (name: string, values: fc.Arbitrary<Value>, more: Partial<TargetType> = {}): Kind => ({
  type: { name, sql: name, ...more },
  values,
});

export const KINDS: readonly Kind[] = [
  kind('int2', int(16n)),
  kind('int4', int(32n)),
  kind('int8', int(64n)),
  kind('bool', fc.constantFrom(0n, 1n)),
  kind('numeric', fc.oneof(decimal, int(64n))),
  kind('numeric', fc.bigInt({ min: -(10n ** 8n) + 1n, max: 10n ** 8n - 1n }), {
    sql: 'numeric(10,2)',
    precision: 10,
    scale: 2,
  }),
  kind('text', text(60)),
  kind('varchar', text(8), { sql: 'varchar(20)', maxLength: 20 }),
  kind('timestamptz', zoned),
  kind('timestamp', local),
  kind('date', day),
  kind('uuid', fc.oneof(uuid, fc.uint8Array({ minLength: 16, maxLength: 16 }))),
  kind('jsonb', json),
  kind('json', json),
  kind('float8', real),
  kind(
    'float4',
    fc.float({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  ),
  kind('bytea', bytes(60)),
];

/** Whatever may lie in a column of SQLite: any storage class, and texts that nearly are what they seem. */
export const anything: fc.Arbitrary<Value> = fc.oneof(
  int(64n),
  fc.double(),
  bytes(20),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(0n, 1n, 2n, -1n, 1.5, -0.5, 1e21, 1e-7, Number.POSITIVE_INFINITY),
  decimal,
  zoned,
  uuid,
  json,
  // Near misses: one character more, less or another.
  fc
    .tuple(
      fc.oneof(decimal, zoned, day, uuid, json),
      fc.nat(),
      fc.constantFrom('', ' ', '0', '-', '+', '.', ':', 'e', 'T', '"', '\0', '５'),
    )
    .map(
      ([value, at, put]) =>
        value.slice(0, at % (value.length + 1)) + put + value.slice((at % (value.length + 1)) + (at % 2)),
    ),
);

/** SQL for SQLite that makes the very value. */
export function literal(value: SqliteValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') {
    // The lowest integer has no literal: without its sign it would be a real.
    return value === -(2n ** 63n) ? '(-9223372036854775807 - 1)' : String(value);
  }
  if (typeof value === 'string') return `CAST(x'${Buffer.from(value).toString('hex')}' AS TEXT)`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  throw new Error('reals are bound: a literal may lose a bit');
}
