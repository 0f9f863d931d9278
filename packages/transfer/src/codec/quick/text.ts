import { isUtf8 } from 'node:buffer';

/** Whether PostgreSQL's text can hold these bytes: UTF-8 without NUL. */
export function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) return false;
    if (byte >= 0x80) return isRestText(bytes.subarray(at, end));
  }
  return true;
}

function isRestText(rest: Buffer): boolean {
  return isUtf8(rest) && !rest.includes(0);
}
