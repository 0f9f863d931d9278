const MINUTE = 60_000;
/** Farther from a moment than any offset reaches, so that one of the two sides of a change is met. */
const REACH = 26 * 60 * MINUTE;

/** Microseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.ffffff`, in UTC whether it says so or not. */
export function microsecondsOf(printed: string): bigint {
  return BigInt(Date.parse(`${printed.slice(0, 19)}Z`)) * 1_000n + BigInt(printed.slice(20, 26));
}

/** `YYYY-MM-DDTHH:MM:SS` moved by milliseconds; undefined where that leaves the years of four digits. */
export function moved(seconds: string, by: number): string | undefined {
  if (by === 0) return seconds;
  const instant = new Date(Date.parse(`${seconds}Z`) + by);
  const text = Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 19) : undefined;
}

/** Milliseconds of `±HH:MM`, `±HHMM` or `±HH`. */
export function offsetOf(text: string): number {
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):?(\d\d)?/.exec(text) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === '-' ? -1 : 1);
}

/** What a zone's clock shows of an instant: its offset, and whether it shows the same time twice. */
export interface Shown {
  readonly offset: number;
  readonly isTwice: boolean;
}

/** @param zone `±HH:MM`, or a name of the IANA time zone database @returns undefined for what no clock shows */
export function clockOf(zone: string): (instant: number) => Shown | undefined {
  if (/^[+-]\d\d:\d\d$/.test(zone)) {
    const offset = offsetOf(zone);
    return () => ({ offset, isTwice: false });
  }
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const offsetAt = (instant: number) => {
    const second = Math.floor(instant / 1000) * 1000;
    return Date.parse(`${clock.format(second).replace(' ', 'T')}Z`) - second;
  };
  return (instant) => {
    const offset = offsetAt(instant);
    if (Number.isNaN(offset)) return undefined;
    const beside = [offsetAt(instant - REACH), offsetAt(instant + REACH)].filter((other) => other !== offset);
    return { offset, isTwice: beside.some((other) => offsetAt(instant + offset - other) === other) };
  };
}
