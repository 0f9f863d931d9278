import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** bytea: BLOB, byte for byte. */
export function encodeBytea(type: TargetType): Encode {
  return (value, out) => {
    if (!(value instanceof Uint8Array)) return wrongClass(value, type);
    out.bytesField(value);
    return undefined;
  };
}

export function pageBytea(): PageEncoder {
  return new PageEncoder({
    blob: (bytes, start, end, out) => {
      out.copyField(bytes, start, end);
      return true;
    },
  });
}
