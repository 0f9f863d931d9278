import type { RowText } from '../canonical/row-text.ts';

const SPACE = 0x20;
const LETTER_T = 0x54;
const ZERO = 0x30;
const SECONDS_END = 19;
const MICROSECONDS_END = 26;
/** What stands where in `YYYY-MM-DD HH:MM:SS.ffffff`; 0 for a digit. */
const FORM = Array.from('0000-00-00 00:00:00.000000', (character) =>
  character === '0' ? 0 : character.charCodeAt(0),
);

/**
 * Writes the two forms that times are commonly stored in as the server prints them.
 *
 * @returns false, with nothing written, when canonicalTimestamp has to do it
 */
export function writeTimestamp(text: string, withZone: boolean, out: RowText): boolean {
  const { length } = text;
  if (length !== SECONDS_END && length !== MICROSECONDS_END) return false;
  out.reserve(length + 4);
  const { buffer } = out;
  let at = out.at;
  let end = at + SECONDS_END;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    const form = FORM[i] as number;
    if (form === 0) {
      if (unit < ZERO || unit > ZERO + 9) return false;
      // Zeros at the end of the fraction are not printed.
      if (i > SECONDS_END && unit !== ZERO) end = at + 1;
      buffer[at++] = unit;
    } else if (unit === form || (form === SPACE && unit === LETTER_T)) buffer[at++] = form;
    else return false;
  }
  at = end;
  if (withZone) {
    buffer[at++] = 0x2b;
    buffer[at++] = ZERO;
    buffer[at++] = ZERO;
  }
  out.at = at;
  return true;
}
