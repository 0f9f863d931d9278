import { FRACTION_FORM, fractionForms, shapeOfFraction, writeFraction } from '../restore/fraction.ts';
import { clockOf, moved, offsetOf } from './restore-clock.ts';

const ZONE = String.raw` ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?)(?: UTC)?`;
const TEXT = new RegExp(String.raw`^\d{4}-\d\d-\d\d(?:([ T])\d\d:\d\d(:\d\d(?:\.(\d+))?)?(${ZONE})?)?$`);
const FORM = new RegExp(`^YYYY-MM-DD(?:([ T])HH:MM(?:(:SS)${FRACTION_FORM})?(${ZONE})?)?$`);
const MIDNIGHT = '00:00:00';

/** The marks of a date-time, its numbers of digits, and its zone: what its forms depend on. */
export function shapeOfText(text: string): string {
  const [found, between, seconds, digits, zone = ''] = TEXT.exec(text) ?? [];
  return `${found === undefined} ${between} ${seconds === undefined} ${shapeOfFraction(digits)} ${zone}`;
}

/** The forms that a date-time is of, as `YYYY-MM-DD HH:MM:SS.fff+00:00`. */
export function formsOfText(text: string): readonly string[] {
  const [found, between, seconds, digits, zone = ''] = TEXT.exec(text) ?? [];
  if (found === undefined) return [];
  if (between === undefined) return ['YYYY-MM-DD'];
  const before = `YYYY-MM-DD${between}HH:MM`;
  if (seconds === undefined) return [before + zone];
  return fractionForms(digits).map((fraction) => `${before}:SS${fraction}${zone}`);
}

/**
 * Writes `YYYY-MM-DDTHH:MM:SS.ffffff` of UTC in a form. What a form leaves out is written all the same where it is not zero.
 *
 * @param named the zone of times that name none; UTC when omitted. Of a time that its clock shows twice the offset is
 * written, too.
 * @returns undefined where no form has this name
 */
export function textWriter(
  form: string,
  named: string | undefined,
): ((printed: string) => string | undefined) | undefined {
  const found = FORM.exec(form);
  if (found === null) return undefined;
  const [, between, seconds, fraction = '', zone = ''] = found;
  const clock = zone === '' && named !== undefined ? clockOf(named) : undefined;
  const fixed = offsetOf(zone);
  return (printed) => {
    const utc = printed.slice(0, 19);
    const shown = clock?.(Date.parse(`${utc}Z`));
    if (clock && shown === undefined) return undefined;
    const local = moved(utc, shown?.offset ?? fixed);
    if (local === undefined) return undefined;
    const [day, time] = [local.slice(0, 10), local.slice(11)];
    const digits = printed.slice(20, 26);
    const behind = shown?.isTwice ? offsetText(shown.offset) : zone;
    const isWhole = /^0*$/.test(digits);
    if (between === undefined && time === MIDNIGHT && isWhole && behind === '') return day;
    const hasSeconds = seconds !== undefined || !isWhole || !time.endsWith(':00');
    const clockText = hasSeconds ? time + writeFraction(digits, fraction) : time.slice(0, 5);
    return `${day}${between ?? ' '}${clockText}${behind}`;
  };
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
