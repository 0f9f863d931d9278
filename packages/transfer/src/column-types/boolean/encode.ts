import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const WORDS: ReadonlyMap<string, 0 | 1> = new Map([
  ...['t', 'true', 'y', 'yes', 'on'].map((word) => [word, 1] as const),
  ...['f', 'false', 'n', 'no', 'off'].map((word) => [word, 0] as const),
]);

/** boolean: the integers 0 and 1, and the words that PostgreSQL takes for them, in any case. */
export function encodeBoolean(type: TargetType): Encode {
  return (value, out) => {
    let bit: number | undefined;
    if (typeof value === 'bigint') {
      if (value !== 0n && value !== 1n) return 'a boolean other than 0 or 1';
      bit = Number(value);
    } else if (typeof value === 'string') {
      bit = WORDS.get(value.toLowerCase());
      if (bit === undefined) return 'not a word for true or false';
    } else return wrongClass(value, type);
    out.reserve(5);
    out.int32(1);
    out.buffer[out.position++] = bit;
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
