import { POSTGRES_EPOCH_DAY, parseDay } from '../encode/calendar.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** date: `YYYY-MM-DD`. */
export function encodeDate(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    const day = value.length === 10 ? parseDay(value) : undefined;
    if (day === undefined) return 'not a date of the form YYYY-MM-DD';
    out.int32(4);
    out.int32(day - POSTGRES_EPOCH_DAY);
    return undefined;
  };
}
