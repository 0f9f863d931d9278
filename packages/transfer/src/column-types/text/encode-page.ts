import { isUtf8 } from 'node:buffer';

/** Bytes up to which a loop is faster than two calls into C++. */
const SHORT = 64;

/** Whether PostgreSQL's text can hold these bytes: UTF-8 without NUL. */
export function isText(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > SHORT) return isLongText(bytes.subarray(start, end));
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) return false;
    if (byte >= 0x80) return isLongText(bytes.subarray(at, end));
  }
  return true;
}

function isLongText(text: Buffer): boolean {
  return isUtf8(text) && !text.includes(0);
}
