import { booleanCodec } from './boolean.ts';
import { byteaCodec, uuidCodec } from './bytes.ts';
import { integerCodec } from './integer.ts';
import { jsonCodec } from './json.ts';
import { numericCodec } from './numeric.ts';
import { realCodec } from './real.ts';
import { enumCodec, textCodec } from './text.ts';
import { dateCodec, timestampCodec } from './time.ts';
import type { CodecOptions, Encode, TargetType } from './types.ts';

const CODECS: Record<string, (type: TargetType, options: CodecOptions) => Encode> = {
  bool: booleanCodec,
  bpchar: textCodec,
  bytea: byteaCodec,
  date: dateCodec,
  enum: enumCodec,
  float4: realCodec,
  float8: realCodec,
  int2: integerCodec,
  int4: integerCodec,
  int8: integerCodec,
  json: jsonCodec,
  jsonb: jsonCodec,
  numeric: numericCodec,
  text: textCodec,
  timestamp: timestampCodec,
  timestamptz: timestampCodec,
  uuid: uuidCodec,
  varchar: textCodec,
};

/** The types of PostgreSQL that values can be carried into. */
export const SUPPORTED_TYPES: readonly string[] = Object.keys(CODECS);

/** The encoder of one column; undefined for a type that is not supported. */
export function codecFor(type: TargetType, options: CodecOptions = {}): Encode | undefined {
  return CODECS[type.name]?.(type, options);
}
