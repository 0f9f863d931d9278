/**
 * The offset (`+HH:MM[:SS]`) that a wall clock's time has in a zone; undefined when the clock showed it twice
 * or never. The counterpart of the copy's, on its own: it asks for the zone's printed offsets, and lets the
 * clock show each candidate.
 */
export function wallClock(zone: string): (date: string, time: string) => string | undefined {
  if (/^[+-]\d\d:\d\d$/.test(zone)) return () => zone;
  const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
  const face = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const printed = (at: number) => {
    const text = name.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return text.slice('GMT'.length) || '+00:00';
  };
  /** Where the days before and after have the same offset, so has the day. */
  const days = new Map<string, string | undefined>();
  return (date, time) => {
    if (!days.has(date)) {
      const noon = Date.parse(`${date}T12:00:00Z`);
      const [before, after] = [printed(noon - 2 * 86_400_000), printed(noon + 2 * 86_400_000)];
      days.set(date, before === after ? before : undefined);
    }
    const steady = days.get(date);
    if (steady !== undefined) return steady;
    const local = Date.parse(`${date}T${time}Z`);
    const shown = [printed(local - 129_600_000), printed(local + 129_600_000)].filter(
      (offset) => face.format(local - milliseconds(offset)) === `${date} ${time}`,
    );
    return new Set(shown).size === 1 ? shown[0] : undefined;
  };
}

function milliseconds(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 * (offset.startsWith('-') ? -1 : 1);
}
