import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const FORM = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/** macaddr: six pairs of hex digits in any case, with colons or hyphens between them. */
export function encodeMacaddr(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!FORM.test(value)) return 'not six pairs of hex digits';
    out.bytesField(Buffer.from(value.replace(/[:-]/g, ''), 'hex'));
    return undefined;
  };
}
