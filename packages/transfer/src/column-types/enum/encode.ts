import { PageEncoder, type PageOptions } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** enum: exactly one of the labels. */
export function encodeEnum(type: TargetType): Encode {
  const labels = new Set(type.labels);
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!labels.has(value)) return `not a label of ${type.sql}`;
    out.textField(value);
    return undefined;
  };
}

export function pageEnum(type: TargetType, { checks, writes }: PageOptions): PageEncoder {
  const labels = (type.labels ?? []).map((label) => Buffer.from(label));
  return new PageEncoder({
    text: (bytes, start, end, out) => {
      if (checks && !isLabel(labels, bytes, start, end)) return false;
      if (writes) out.copyField(bytes, start, end);
      return true;
    },
  });
}

function isLabel(labels: readonly Buffer[], bytes: Buffer, start: number, end: number): boolean {
  for (const label of labels) {
    if (label.length !== end - start) continue;
    let at = 0;
    while (at < label.length && label[at] === bytes[start + at]) at++;
    if (at === label.length) return true;
  }
  return false;
}
