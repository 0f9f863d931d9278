import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import type { Example } from '../../src/column-types/examples.ts';
import { integer } from '../../src/column-types/integer/examples.ts';
import { document } from '../../src/column-types/json/examples.ts';
import { decimal } from '../../src/column-types/numeric/examples.ts';
import { day, zoned } from '../../src/column-types/timestamp/examples.ts';
import type { SqliteValue } from '../../src/column-types/types.ts';
import { uuid } from '../../src/column-types/uuid/examples.ts';

const types = new URL('../../src/column-types/', import.meta.url);

/** The examples of every type, from the types' own folders. */
export const EXAMPLES: readonly Example[] = (
  await Promise.all(
    readdirSync(types, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('/examples.ts'))
      .sort()
      .map((file) => import(/* @vite-ignore */ new URL(file, types).href)),
  )
).flatMap((module: { examples: readonly Example[] }) => module.examples);

/** SQL that makes the types that a new database does not have. */
export const SETUP: string = EXAMPLES.flatMap(({ setup }) => setup ?? [])
  .map((sql) => `${sql};\n`)
  .join('');

/** Whatever may lie in a column of SQLite: any storage class, and texts that nearly are what they seem. */
export const anything: fc.Arbitrary<Exclude<SqliteValue, null>> = fc.oneof(
  integer(64n),
  fc.double(),
  fc.uint8Array({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(0n, 1n, 2n, -1n, 1.5, -0.5, 1e21, 1e-7, Number.POSITIVE_INFINITY),
  decimal,
  zoned,
  uuid,
  document,
  // Near misses: one character more, less or another.
  fc
    .tuple(
      fc.oneof(decimal, zoned, day, uuid, document),
      fc.nat(),
      fc.constantFrom('', ' ', '0', '-', '+', '.', ':', 'e', 'T', '"', '\0', '５'),
    )
    .map(
      ([value, at, put]) =>
        value.slice(0, at % (value.length + 1)) + put + value.slice((at % (value.length + 1)) + (at % 2)),
    ),
);
