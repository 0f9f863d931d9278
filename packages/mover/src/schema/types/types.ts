import type { PgType } from '@vatevo/transfer/column-types';
import type { TargetType } from '@vatevo/transfer/plan';

const plain = (name: PgType, sql: string = name): TargetType => ({ name, sql });

/**
 * Types of PostgreSQL that a column may become: the only place of the mover that names any. What holds for one of them is
 * asked of the registry.
 */
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

export function timestamp(fractionDigits: number): TargetType {
  return { ...plain('timestamp', `timestamp(${fractionDigits})`), fractionDigits };
}

/** What PostgreSQL allows (manual, 8.1.2 and 8.3). */
const MAX_PRECISION = 1000;
const MAX_LENGTH = 10_485_760;

export function decimal(precision: number, scale: number): TargetType | undefined {
  if (precision < 1 || precision > MAX_PRECISION || scale > precision) return undefined;
  return { ...plain('numeric', `numeric(${precision},${scale})`), precision, scale };
}

export function varchar(maxLength: number | undefined): TargetType | undefined {
  if (maxLength === undefined || maxLength < 1 || maxLength > MAX_LENGTH) return undefined;
  return { ...plain('varchar', `varchar(${maxLength})`), maxLength };
}
