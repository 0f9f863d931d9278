import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** uuid: the text form that PostgreSQL prints, or 16 bytes. */
export function encodeUuid(type: TargetType): Encode {
  return (value, out) => {
    if (value instanceof Uint8Array) {
      if (value.length !== 16) return 'a uuid that is not 16 bytes';
      out.bytesField(value);
      return undefined;
    }
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!UUID.test(value)) return 'not a uuid in lower-case hyphenated form';
    out.bytesField(Buffer.from(value.replaceAll('-', ''), 'hex'));
    return undefined;
  };
}
