import { type Encode, type Refusal, type TargetType, wrongClass } from '../types.ts';

/** What PostgreSQL cannot store in any text: NUL. `\uFFFD` marks bytes that were no UTF-8 (see the reader). */
export function textRefusal(value: string): Refusal {
  if (value.includes('\0')) return 'text with a NUL character';
  return undefined;
}

/** text, varchar(n), char(n): TEXT without NUL, no longer than n characters. */
export function textCodec(type: TargetType): Encode {
  const { maxLength } = type;
  const tooLong = `longer than ${type.sql}`;
  const padded = type.name === 'bpchar';
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    const refusal = textRefusal(value);
    if (refusal) return refusal;
    // UTF-16 units are at least as many as characters: only a text that seems too long is counted.
    if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) return tooLong;
    if (padded && (characters(value) !== maxLength || value.endsWith(' '))) {
      return `${type.sql} would pad or trim it`;
    }
    out.textField(value);
    return undefined;
  };
}

/** enum: exactly one of the labels. */
export function enumCodec(type: TargetType): Encode {
  const labels = new Set(type.labels);
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!labels.has(value)) return `not a label of ${type.sql}`;
    out.textField(value);
    return undefined;
  };
}

function characters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}
