import { isUtf8 } from 'node:buffer';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
/** Deeper documents, and objects with more keys, are left to the other scan. */
const MAX_DEPTH = 32;
const MAX_KEYS = 512;
const MAX_NUMBER_BYTES = 64;

/**
 * Sees whether jsonb holds all that a JSON text says, as `scanJson` does, but from bytes, and only for what
 * documents are commonly made of.
 *
 * @returns false when it cannot tell; then `scanJson` has the word
 */
export function isPlainJson(bytes: Buffer, start: number, end: number): boolean {
  return scan.document(bytes, start, end);
}

/**
 * Every step takes the place where it begins and gives the one behind it, or −1. Behind the end stands whatever
 * the buffer holds; whoever reads a byte there is found out at the end, for no place may be behind it.
 */
class Scan {
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #depth = 0;
  #beyondAscii = false;
  /** Of the keys of the objects around the current place: where each begins and ends. */
  readonly #starts = new Int32Array(MAX_KEYS);
  readonly #ends = new Int32Array(MAX_KEYS);
  #keys = 0;
  /** Whether the last string had an escape in it. */
  #escaped = false;

  document(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#end = end;
    this.#depth = this.#keys = 0;
    this.#beyondAscii = false;
    const at = this.#value(pastSpaces(bytes, start, end));
    if (at < 0 || pastSpaces(bytes, at, end) !== end) return false;
    return !this.#beyondAscii || isUtf8(bytes.subarray(start, end));
  }

  #value(at: number): number {
    switch (this.#bytes[at]) {
      case 0x7b:
        return this.#object(at);
      case 0x5b:
        return this.#array(at);
      case QUOTE:
        return this.#string(at);
      case 0x74:
        return this.#word(TRUE, at);
      case 0x66:
        return this.#word(FALSE, at);
      case 0x6e:
        return this.#word(NULL, at);
      default:
        return this.#number(at);
    }
  }

  #object(begin: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    if (++this.#depth > MAX_DEPTH) return -1;
    const firstKey = this.#keys;
    let anyEscaped = false;
    // A bit for each length and last byte that a key had: most keys are told from all others by theirs.
    let seen = 0;
    let at = pastSpaces(bytes, begin + 1, end);
    if (bytes[at] === 0x7d) at++;
    else {
      for (;;) {
        const start = at;
        if (bytes[at] !== QUOTE) return -1;
        at = this.#string(at);
        if (at < 0) return -1;
        anyEscaped ||= this.#escaped;
        // Two spellings may be one key: telling is left to the other scan.
        if (anyEscaped && this.#keys > firstKey) return -1;
        if (this.#keys === MAX_KEYS) return -1;
        const bit = 1 << ((at - start + (bytes[at - 2] as number) * 5) & 31);
        if ((seen & bit) !== 0 && this.#isKnown(firstKey, start, at)) return -1;
        seen |= bit;
        this.#starts[this.#keys] = start;
        this.#ends[this.#keys++] = at;
        at = pastSpaces(bytes, at, end);
        if (bytes[at] !== 0x3a) return -1;
        at = this.#value(pastSpaces(bytes, at + 1, end));
        if (at < 0) return -1;
        at = pastSpaces(bytes, at, end);
        const next = bytes[at++];
        if (next === 0x7d) break;
        if (next !== 0x2c) return -1;
        at = pastSpaces(bytes, at, end);
      }
    }
    this.#keys = firstKey;
    this.#depth--;
    return at <= end ? at : -1;
  }

  #array(begin: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    if (++this.#depth > MAX_DEPTH) return -1;
    let at = pastSpaces(bytes, begin + 1, end);
    if (bytes[at] === 0x5d) at++;
    else {
      for (;;) {
        at = this.#value(at);
        if (at < 0) return -1;
        at = pastSpaces(bytes, at, end);
        const next = bytes[at++];
        if (next === 0x5d) break;
        if (next !== 0x2c) return -1;
        at = pastSpaces(bytes, at, end);
      }
    }
    this.#depth--;
    return at <= end ? at : -1;
  }

  #isKnown(firstKey: number, start: number, end: number): boolean {
    const bytes = this.#bytes;
    for (let key = firstKey; key < this.#keys; key++) {
      const other = this.#starts[key] as number;
      if ((this.#ends[key] as number) - other !== end - start) continue;
      let at = 0;
      while (at < end - start && bytes[other + at] === bytes[start + at]) at++;
      if (at === end - start) return true;
    }
    return false;
  }

  #string(begin: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    this.#escaped = false;
    for (let at = begin + 1; at < end; at++) {
      const byte = bytes[at] as number;
      // Most letters are behind all that means something.
      if (byte > BACKSLASH) {
        if (byte >= 0x80) this.#beyondAscii = true;
      } else if (byte === QUOTE) return at + 1;
      else if (byte < 0x20) return -1;
      else if (byte === BACKSLASH) {
        this.#escaped = true;
        const size = this.#escapeSize(at);
        if (size === 0) return -1;
        at += size - 1;
      }
    }
    return -1;
  }

  /** Bytes of the escape at a backslash; 0 for one that is none, or that jsonb cannot hold. */
  #escapeSize(at: number): number {
    const kind = this.#bytes[at + 1];
    if (kind !== 0x75) return kind !== undefined && SHORT_ESCAPES.includes(kind) ? 2 : 0;
    const unit = this.#hex(at + 2);
    if (unit <= 0) return 0;
    if (unit < 0xd800 || unit > 0xdfff) return 6;
    if (unit > 0xdbff || this.#bytes[at + 6] !== BACKSLASH || this.#bytes[at + 7] !== 0x75) return 0;
    const low = this.#hex(at + 8);
    return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
  }

  /** Four hex digits; −1 when one of them is none. An escape that runs over the end fails there. */
  #hex(at: number): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = HEX[this.#bytes[at + i] ?? 0] as number;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  #number(start: number): number {
    const bytes = this.#bytes;
    const most = Math.min(this.#end, start + MAX_NUMBER_BYTES);
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    const whole = at;
    let anything = false;
    while (at < most && isDigit(bytes[at] as number)) anything = bytes[at++] !== ZERO || anything;
    if (at === whole || (bytes[whole] === ZERO && at > whole + 1)) return -1;
    if (at < most && bytes[at] === 0x2e) {
      const fraction = ++at;
      while (at < most && isDigit(bytes[at] as number)) anything = bytes[at++] !== ZERO || anything;
      if (at === fraction) return -1;
    }
    // Exponents, and numbers without end, are left to the other scan: no value goes on with what stands here.
    return negative && !anything ? -1 : at;
  }

  #word(word: Buffer, at: number): number {
    const end = at + word.length;
    if (end > this.#end) return -1;
    for (let i = 0; i < word.length; i++) if (this.#bytes[at + i] !== word[i]) return -1;
    return end;
  }
}

/** @returns where the next byte lies that is none of JSON's spaces, at the most the end */
function pastSpaces(bytes: Buffer, from: number, end: number): number {
  let at = from;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
  }
  return at;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
const SHORT_ESCAPES = Buffer.from('"\\/bfnrt');
const HEX = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

const scan = new Scan();
