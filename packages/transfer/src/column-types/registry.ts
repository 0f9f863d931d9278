import { anyArray } from './array/index.ts';
import { bit, varbit } from './bit/index.ts';
import { bool } from './boolean/index.ts';
import { bytea } from './bytea/index.ts';
import type { ColumnType } from './column-type.ts';
import { date } from './date/index.ts';
import { anyEnum } from './enum/index.ts';
import { hstore } from './hstore/index.ts';
import { int2, int4, int8 } from './integer/index.ts';
import { interval } from './interval/index.ts';
import { json, jsonb } from './json/index.ts';
import { ltree } from './ltree/index.ts';
import { macaddr } from './macaddr/index.ts';
import { money } from './money/index.ts';
import { cidr, inet } from './network/index.ts';
import { numeric } from './numeric/index.ts';
import { other } from './other/index.ts';
import { point } from './point/index.ts';
import { float4, float8 } from './real/index.ts';
import { bpchar, citext, text, varchar } from './text/index.ts';
import { time, timetz } from './time/index.ts';
import { timestamp, timestamptz } from './timestamp/index.ts';
import type { TargetType } from './types.ts';
import { uuid } from './uuid/index.ts';
import { xml } from './xml/index.ts';

export type { RestoredValue } from './restore/types.ts';
export type { Family } from './types.ts';

/** The types of PostgreSQL that values can be carried into, under their names in pg_type; `enum` is any enum, `array` any array. */
const COLUMN_TYPES = {
  array: anyArray((type) => columnType(type)),
  bit,
  bool,
  bpchar,
  bytea,
  cidr,
  citext,
  date,
  enum: anyEnum,
  float4,
  float8,
  hstore,
  inet,
  int2,
  int4,
  int8,
  interval,
  json,
  jsonb,
  ltree,
  macaddr,
  money,
  numeric,
  point,
  text,
  time,
  timestamp,
  timestamptz,
  timetz,
  uuid,
  varbit,
  varchar,
  xml,
} satisfies Readonly<Record<string, ColumnType>>;

export type PgType = keyof typeof COLUMN_TYPES;

export const PG_TYPES: readonly PgType[] = Object.keys(COLUMN_TYPES) as PgType[];

/** What is known of a type by its name in pg_type; undefined for one that no value can be carried into. */
export function findColumnType(name: string): ColumnType | undefined {
  return Object.hasOwn(COLUMN_TYPES, name) ? COLUMN_TYPES[name as PgType] : undefined;
}

/** The same for the type of a planned column: one that is not known holds NULL alone. */
export function columnType({ name }: TargetType): ColumnType {
  return findColumnType(name) ?? other;
}
