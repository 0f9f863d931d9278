import { booleanCodec } from './boolean/encode.ts';
import { byteaCodec, uuidCodec } from './bytea/encode.ts';
import { integerCodec } from './integer/encode.ts';
import { jsonCodec } from './json/encode.ts';
import { numericCodec } from './numeric/encode.ts';
import { realCodec } from './real/encode.ts';
import { enumCodec, textCodec } from './text/encode.ts';
import { dateCodec, timestampCodec } from './timestamp/encode.ts';
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
