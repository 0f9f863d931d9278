/** Bytes that are looked at in one step. */
export const WORD = 4;
const QUOTES = 0x2222_2222;
const BACKSLASHES = 0x5c5c_5c5c;
const ONES = 0x0101_0101;
const HIGHEST_BITS = 0x8080_8080;

/**
 * Whether four bytes of a string mean themselves: no quote, no backslash, no mark of the end is among them. Taking one from
 * a byte without its highest bit sets that bit where the byte was 0.
 */
export function isPlain(word: number): boolean {
  const quotes = word ^ QUOTES;
  const backslashes = word ^ BACKSLASHES;
  const found = ((word - ONES) & ~word) | ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes);
  return (found & HIGHEST_BITS) === 0;
}

export function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** @returns where the next byte lies that is none of JSON's spaces */
export function pastSpaces(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
}

export function isWord(word: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}

/** Digits, letters, `-`, `+` and `.`: what numbers and words are made of. */
export function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2e ||
    byte === 0x2d ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x45
  );
}
