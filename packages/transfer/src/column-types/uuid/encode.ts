import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const DIGITS = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

/** uuid: 32 hex digits in any case, with hyphens or without, in braces or not. In which order bytes stand is for a decision. */
export function encodeUuid(type: TargetType): Encode {
  return (value, out) => {
    if (value instanceof Uint8Array)
      return `${wrongClass(value, type)} with no decision on the order of its bytes`;
    if (typeof value !== 'string') return wrongClass(value, type);
    const bare = value.startsWith('{') && value.endsWith('}') ? value.slice(1, -1) : value;
    if (!DIGITS.test(bare)) return 'not a uuid';
    out.bytesField(Buffer.from(bare.replaceAll('-', ''), 'hex'));
    return undefined;
  };
}
