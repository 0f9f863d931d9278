import type { TargetType } from '@vatevo/transfer/plan';

const plain = (name: string, sql = name): TargetType => ({ name, sql });

/** Types of PostgreSQL that a column may become. */
export const BOOLEAN = plain('bool', 'boolean');
export const SMALLINT = plain('int2', 'smallint');
export const INTEGER = plain('int4', 'integer');
export const BIGINT = plain('int8', 'bigint');
export const DOUBLE = plain('float8', 'double precision');
export const SINGLE = plain('float4', 'real');
export const NUMERIC = plain('numeric');
export const TEXT = plain('text');
export const BYTEA = plain('bytea');
export const UUID = plain('uuid');
export const JSON_TEXT = plain('json');
export const JSONB = plain('jsonb');
export const DATE = plain('date');
export const TIME = plain('time');
export const INTERVAL = plain('interval');
export const TIMESTAMP = plain('timestamp');
export const TIMESTAMPTZ = plain('timestamptz');

/** What PostgreSQL allows (manual, 8.1.2 and 8.3). */
const MAX_PRECISION = 1000;
const MAX_LENGTH = 10_485_760;

export function decimal(precision: number, scale: number): TargetType | undefined {
  if (precision < 1 || precision > MAX_PRECISION || scale > precision) return undefined;
  return { name: 'numeric', sql: `numeric(${precision},${scale})`, precision, scale };
}

export function varchar(maxLength: number | undefined): TargetType | undefined {
  if (maxLength === undefined || maxLength < 1 || maxLength > MAX_LENGTH) return undefined;
  return { name: 'varchar', sql: `varchar(${maxLength})`, maxLength };
}
