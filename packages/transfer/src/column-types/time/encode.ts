import { twoDigits } from '../encode/calendar.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const FORM = /^(\d\d:\d\d)(?::\d\d(?:\.(\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;
const TWO_TO_32 = 0x1_0000_0000;

/** time: `HH:MM[:SS[.f…]]`. timetz: the same with `Z` or `±HH[:MM]` behind it. */
export function encodeTime(withZone: boolean): (type: TargetType) => Encode {
  const notATime = `not a time of the form HH:MM[:SS[.ffffff]]${withZone ? '±HH[:MM]' : ''}`;
  return (type) => (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    const found = FORM.exec(value);
    if (!found) return notATime;
    const [, , fraction = '', zone] = found;
    if ((zone !== undefined) !== withZone) return notATime;
    const hour = twoDigits(value, 0);
    const minute = twoDigits(value, 3);
    const second = value[5] === ':' ? twoDigits(value, 6) : 0;
    if (hour > 23 || minute > 59 || second > 59) return notATime;
    const most = type.fractionDigits ?? 6;
    const digits = fraction.replace(/0+$/, '');
    if (digits.length > most) return `finer than the ${most} digits that the column keeps`;
    const microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000 + Number(digits.padEnd(6, '0'));
    const high = Math.floor(microseconds / TWO_TO_32);
    if (!withZone) {
      out.int64Field(high, microseconds - high * TWO_TO_32);
      return undefined;
    }
    const west = secondsWest(zone as string);
    if (west === undefined) return notATime;
    const field = Buffer.alloc(12);
    field.writeBigInt64BE(BigInt(microseconds));
    field.writeInt32BE(west, 8);
    out.bytesField(field);
    return undefined;
  };
}

/** PostgreSQL counts the seconds that a zone lies west of Greenwich. */
function secondsWest(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 15 || minutes > 59) return undefined;
  const seconds = (hours * 60 + minutes) * 60;
  return zone.startsWith('-') ? seconds : 0 - seconds;
}
