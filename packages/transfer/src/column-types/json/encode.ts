import { type CodecOptions, type Encode, type Refusal, type TargetType, wrongClass } from '../types.ts';
import { scanJson } from './encode-scan.ts';

const JSONB_VERSION = 1;

/**
 * jsonb and json: the text is passed through as it is, never parsed into JavaScript values, so numbers
 * beyond 2^53 and their scale survive.
 *
 * An INTEGER or REAL is what SQLite makes of a JSON scalar (`503`, `1.5`) in a column with numeric
 * affinity; it is carried as that number.
 */
export function jsonCodec(type: TargetType, { inspected = false }: CodecOptions = {}): Encode {
  const version = type.name === 'jsonb' ? JSONB_VERSION : undefined;
  return (value, out) => {
    if (value instanceof Uint8Array) return wrongClass(value, type);
    const text = typeof value === 'string' ? value : scalarText(value);
    const refusal: Refusal = inspected ? undefined : scanJson(text);
    if (refusal) return refusal;
    out.textField(text, version);
    return undefined;
  };
}

function scalarText(value: bigint | number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}
