import type { NumericTimes, SqliteValue } from '../types.ts';
import type { CopyWriter } from './copy-writer.ts';

/** Why a value cannot be held by the target column; undefined when it can. */
export type Refusal = string | undefined;

/**
 * Writes one field, or refuses: a refused value leaves nothing that counts in the writer.
 *
 * The rule of every type: a value is carried only when PostgreSQL holds exactly it. Binary COPY skips
 * the server's input checks, so each type makes them.
 */
export type Encode = (value: Exclude<SqliteValue, null>, out: CopyWriter) => Refusal;

/** What the type alone does not say. */
export interface EncodeOptions {
  readonly numericTimes?: NumericTimes | undefined;
  /** The zone of date-times that name none: `±HH:MM` or an IANA name; UTC when omitted. */
  readonly zone?: string | undefined;
  /** The very values were inspected before: checks that the server makes again, or that cost much, are left out. */
  readonly inspected?: boolean;
}
