import { PageEncoder, type PageOptions } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions, Refusal } from '../encode/types.ts';
import type { TargetType } from '../types.ts';
import { isPlainJson } from './encode-page.ts';
import { scanJson } from './encode-scan.ts';

/** Of jsonb's binary form, in its first byte (src/backend/utils/adt/jsonb.c, jsonb_recv). */
export const JSONB_VERSION = 1;

/**
 * jsonb and json: the text is passed through as it is, never parsed into JavaScript values, so numbers
 * beyond 2^53 and their scale survive.
 *
 * An INTEGER or REAL is what SQLite makes of a JSON scalar (`503`, `1.5`) in a column with numeric
 * affinity; it is carried as that number.
 *
 * @param leadingByte in front of the text; none for json, which keeps the text as it is written
 */
export function encodeJson(leadingByte?: number): (type: TargetType, options: EncodeOptions) => Encode {
  return (type, { inspected = false }) =>
    (value, out) => {
      if (value instanceof Uint8Array) return wrongClass(value, type);
      const text = typeof value === 'string' ? value : scalarText(value);
      const refusal: Refusal = inspected ? undefined : scanJson(text, leadingByte === undefined);
      if (refusal) return refusal;
      out.textField(text, leadingByte);
      return undefined;
    };
}

export function pageJson(leadingByte?: number): (type: TargetType, options: PageOptions) => PageEncoder {
  return (_, { checks, writes }) =>
    new PageEncoder({
      text: (bytes, start, end, out) => {
        if (checks && !isPlainJson(bytes, start, end)) return false;
        if (writes) out.copyField(bytes, start, end, leadingByte);
        return true;
      },
    });
}

function scalarText(value: bigint | number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}
