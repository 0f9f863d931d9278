import { daysFromCivil, daysIn, POSTGRES_EPOCH_DAY } from '../encode/calendar.ts';
import type { CopyWriter } from '../encode/copy-writer.ts';

const MICROSECONDS_A_DAY = 86_400_000_000;
/** Within these years microseconds since 2000 are exact as numbers; others are left to the other codec. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Writes `YYYY-MM-DD HH:MM:SS[.ffffff]`, the two forms that the legacy service wrote, or the one with `T`
 * and `Z` that ours does, as microseconds since 2000-01-01.
 *
 * @returns false, with nothing written, for every other text
 */
export function writeTimestamp(
  bytes: Buffer,
  start: number,
  end: number,
  withZone: boolean,
  out: CopyWriter,
): boolean {
  let length = end - start;
  if (withZone && bytes[end - 1] === 0x5a) length--;
  if (length !== 19 && length !== 26) return false;
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return false;
  if (bytes[start + 10] !== 0x20 && bytes[start + 10] !== 0x54) return false;
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return false;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  // Comparisons with NaN are false, so this also refuses what was no digit.
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR && month >= 1 && month <= 12)) return false;
  if (!(day >= 1 && day <= daysIn(year, month))) return false;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return false;
  let fraction = 0;
  if (length === 26) {
    if (bytes[start + 19] !== 0x2e) return false;
    fraction =
      twoDigits(bytes, start + 20) * 10_000 +
      twoDigits(bytes, start + 22) * 100 +
      twoDigits(bytes, start + 24);
    if (!(fraction <= 999_999)) return false;
  }
  const days = daysFromCivil(year, month, day) - POSTGRES_EPOCH_DAY;
  const microseconds =
    days * MICROSECONDS_A_DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
  const high = Math.floor(microseconds / TWO_TO_32);
  out.int64Field(high, microseconds - high * TWO_TO_32);
  return true;
}

function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - 0x30;
  const ones = (bytes[at + 1] as number) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
