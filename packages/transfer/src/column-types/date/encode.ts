import { POSTGRES_EPOCH_DAY, parseDay } from '../encode/calendar.ts';
import { numberOfTime } from '../encode/numeric-time.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const MICROSECONDS_A_DAY = 86_400_000_000n;
/** What may stand behind the day: midnight, and that it is UTC. */
const MIDNIGHT = /^[ T]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]00(?::?00)?))?$/;
const FIRST_DAY_OF_0001 = -719_162n;
const LAST_DAY_OF_9999 = 2_932_896n;

/** date: `YYYY-MM-DD`, midnight of a day, or a number under a policy that is one. */
export function encodeDate(type: TargetType, { numericTimes }: EncodeOptions): Encode {
  return (value, out) => {
    if (value instanceof Uint8Array) return wrongClass(value, type);
    if (typeof value === 'string') {
      const day = parseDay(value);
      if (day === undefined) return 'not a date of the form YYYY-MM-DD';
      if (value.length > 10 && !MIDNIGHT.test(value.slice(10)))
        return 'not a date of the form YYYY-MM-DD, nor midnight';
      out.int32(4);
      out.int32(day - POSTGRES_EPOCH_DAY);
      return undefined;
    }
    if (numericTimes === undefined) return `${wrongClass(value, type)} with no policy for numbers`;
    const microseconds = numberOfTime(value, numericTimes);
    if (microseconds === undefined) return `no exact instant as ${numericTimes}`;
    if (microseconds % MICROSECONDS_A_DAY !== 0n) return `no midnight as ${numericTimes}`;
    const day = microseconds / MICROSECONDS_A_DAY;
    if (day < FIRST_DAY_OF_0001 || day > LAST_DAY_OF_9999)
      return `outside the years 1 to 9999 as ${numericTimes}`;
    out.int32(4);
    out.int32(Number(day) - POSTGRES_EPOCH_DAY);
    return undefined;
  };
}
