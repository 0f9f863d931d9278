import { type Encode, type TargetType, wrongClass } from '../types.ts';

/** boolean: the integers 0 and 1 and nothing else. */
export function booleanCodec(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'bigint') return wrongClass(value, type);
    if (value !== 0n && value !== 1n) return 'a boolean other than 0 or 1';
    out.reserve(5);
    out.int32(1);
    out.buffer[out.position++] = Number(value);
    return undefined;
  };
}
