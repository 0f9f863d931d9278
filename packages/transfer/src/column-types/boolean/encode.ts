import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** boolean: the integers 0 and 1 and nothing else. */
export function encodeBoolean(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'bigint') return wrongClass(value, type);
    if (value !== 0n && value !== 1n) return 'a boolean other than 0 or 1';
    out.reserve(5);
    out.int32(1);
    out.buffer[out.position++] = Number(value);
    return undefined;
  };
}

export function pageBoolean(): PageEncoder {
  return new PageEncoder({
    integer: (value, out) => {
      if (value !== 0 && value !== 1) return false;
      out.reserve(5);
      out.int32(1);
      out.buffer[out.position++] = value;
      return true;
    },
  });
}
