import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** float8 and float4: REAL, and INTEGER that a double (or a single) holds exactly. */
export function encodeReal(single: boolean): (type: TargetType) => Encode {
  return (type) => (value, out) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return wrongClass(value, type);
    const number = Number(value);
    if (typeof value === 'bigint' && BigInt(number) !== value) return `no exact ${type.sql} form`;
    if (single && Math.fround(number) !== number) return `no exact ${type.sql} form`;
    out.reserve(12);
    out.int32(single ? 4 : 8);
    out.position = single
      ? out.buffer.writeFloatBE(number, out.position)
      : out.buffer.writeDoubleBE(number, out.position);
    return undefined;
  };
}

/** Both databases store a double alike. */
export function pageDouble(): PageEncoder {
  return new PageEncoder({
    real: (bytes, start, end, out) => {
      out.copyField(bytes, start, end);
      return true;
    },
  });
}
