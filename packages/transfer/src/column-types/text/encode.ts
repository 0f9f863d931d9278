import { PageEncoder, type PageOptions } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';
import { isText } from './encode-page.ts';

/** text and varchar(n): TEXT without NUL, no longer than n characters. */
export function encodeText(type: TargetType): Encode {
  const { maxLength } = type;
  const tooLong = `longer than ${type.sql}`;
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (value.includes('\0')) return 'text with a NUL character';
    // UTF-16 units are at least as many as characters: only a text that seems too long is counted.
    if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) return tooLong;
    out.textField(value);
    return undefined;
  };
}

/** char(n): TEXT of exactly n characters that does not end with a space, for the server would pad or trim it. */
export function encodePadded(type: TargetType): Encode {
  const encode = encodeText(type);
  return (value, out) => {
    const start = out.position;
    const refusal = encode(value, out);
    if (refusal !== undefined || typeof value !== 'string') return refusal;
    if (characters(value) === type.maxLength && !value.endsWith(' ')) return undefined;
    out.position = start;
    return `${type.sql} would pad or trim it`;
  };
}

export function pageText({ maxLength }: TargetType, { checks, writes }: PageOptions): PageEncoder {
  // As many bytes are surely no more characters.
  const maxBytes = maxLength ?? Number.POSITIVE_INFINITY;
  return new PageEncoder({
    text: (bytes, start, end, out) => {
      if (end - start > maxBytes || (checks && !isText(bytes, start, end))) return false;
      if (writes) out.copyField(bytes, start, end);
      return true;
    },
  });
}

function characters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}
