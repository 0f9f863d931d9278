import { formatCount, formatDuration } from '@vatevo/shell';
import { type Html, html } from './html.ts';

const NARROW_SPACE = '\u202f';

/** `1 500 000`, in one piece at the end of a line. */
export function count(value: number): string {
  return formatCount(value).replaceAll(' ', NARROW_SPACE);
}

/** `1 row`, `1 500 000 rows`. */
export function plural(value: number, singular: string): string {
  return `${count(value)} ${singular}${value === 1 ? '' : 's'}`;
}

/** A time span given in seconds: `120 ms`, `8.8 s`, `2 min 05 s`. */
export function span(seconds: number): string {
  return formatDuration(seconds * 1000);
}

/** A unit's amount in a second; a stage too short to be timed counts as a millisecond. */
export function perSecond(amount: number, seconds: number): number {
  return amount / Math.max(seconds, 0.001);
}

const UTC_INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?$/;

/** An instant in UTC, given in ISO 8601; anything else is shown as it is. */
export function instant(text: string): Html {
  const [, date, time] = UTC_INSTANT.exec(text) ?? [];
  if (date === undefined || time === undefined) return html`${text}`;
  return html`<time datetime="${date}T${time}Z">${date} ${time} UTC</time>`;
}
