import type { Canonical } from '../canonical/types.ts';
import { canonicalTimestamp, numberAsTimestamp } from './canonical-print.ts';
import { wallClock } from './canonical-wall-clock.ts';
import { writeTimestamp } from './canonical-write.ts';

const clocks = new Map<string, ReturnType<typeof wallClock>>();

/** A clock remembers the days that it was asked for. */
function clockOf(zone: string): ReturnType<typeof wallClock> {
  const clock = clocks.get(zone) ?? wallClock(zone);
  clocks.set(zone, clock);
  return clock;
}

export function canonicalTime(withZone: boolean): Canonical {
  return {
    print: ({ numericTimes, zone }) => {
      const clock = zone === undefined ? undefined : clockOf(zone);
      return (value) => {
        if (typeof value === 'string') return canonicalTimestamp(value, withZone, clock);
        if (value instanceof Uint8Array || numericTimes === undefined) return undefined;
        return numberAsTimestamp(value, numericTimes, withZone);
      };
    },
    writer: ({ zone }, text, otherwise) => {
      if (zone !== undefined) return otherwise;
      return (stored) => {
        if (typeof stored === 'string' && writeTimestamp(stored, withZone, text)) text.end();
        else otherwise(stored);
      };
    },
  };
}
