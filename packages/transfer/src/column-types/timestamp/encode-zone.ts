const MILLISECONDS_A_DAY = 86_400_000;
/** Farther from a moment than any offset reaches, so that one of the two sides of a change is met. */
const REACH = 26 * 3_600_000;

/** What a time of the clock on the wall is in UTC: its offset, or why there is none. */
export type Offset = { readonly milliseconds: number } | { readonly refusal: string };

/**
 * The offset from UTC of times of the clock on the wall, given as milliseconds since 1970 by that clock.
 *
 * @param zone `±HH:MM`, or a name of the IANA time zone database. A time that its clock showed twice, or
 * never, has no offset: which one was meant is not ours to guess.
 */
export function zoneOffsets(zone: string): (local: number) => Offset {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (fixed) {
    const milliseconds = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000 * (fixed[1] === '-' ? -1 : 1);
    return () => ({ milliseconds });
  }
  const offsetAt = offsetsOf(zone);
  /** By day of the wall clock: its offset, where nothing changes within reach. */
  const steady = new Map<number, number | undefined>();
  return (local) => {
    const day = Math.floor(local / MILLISECONDS_A_DAY);
    if (!steady.has(day)) {
      const before = offsetAt(day * MILLISECONDS_A_DAY - REACH);
      const after = offsetAt((day + 1) * MILLISECONDS_A_DAY + REACH);
      steady.set(day, before === after ? before : undefined);
    }
    const known = steady.get(day);
    if (known !== undefined) return { milliseconds: known };
    const candidates = new Set([offsetAt(local - REACH), offsetAt(local + REACH)]);
    const [first, ...others] = [...candidates].filter((offset) => offsetAt(local - offset) === offset);
    if (first === undefined) return { refusal: `a time that the clocks of ${zone} never showed` };
    if (others.length > 0) return { refusal: `a time that the clocks of ${zone} showed twice` };
    return { milliseconds: first };
  };
}

/** The offset that a zone has at an instant, in milliseconds: what its clock shows, less the instant. */
function offsetsOf(zone: string): (instant: number) => number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const seconds = Math.floor(instant / 1000) * 1000;
    const shown = Object.fromEntries(clock.formatToParts(seconds).map(({ type, value }) => [type, value]));
    const year = shown.era === 'AD' || shown.era === 'A' ? Number(shown.year) : 1 - Number(shown.year);
    const date = new Date(0);
    date.setUTCFullYear(year, Number(shown.month) - 1, Number(shown.day));
    date.setUTCHours(Number(shown.hour), Number(shown.minute), Number(shown.second));
    return date.getTime() - seconds;
  };
}
