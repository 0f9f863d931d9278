import { isUtf8 } from 'node:buffer';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
/** Deeper documents, and objects with more keys, are left to the other scan. */
const MOST_DEPTH = 32;
const MOST_KEYS = 512;
const MOST_NUMBER_BYTES = 64;

/**
 * Sees whether jsonb holds all that a JSON text says, as `scanJson` does, but from bytes, and only for what
 * documents are commonly made of.
 *
 * @returns false when it cannot tell; then `scanJson` has the word
 */
export function isPlainJson(bytes: Buffer, start: number, end: number): boolean {
  scan.begin(bytes, start, end);
  return scan.document();
}

class Scan {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #depth = 0;
  #beyondAscii = false;
  /** Of the keys of the objects around the current place: where each begins and ends. */
  readonly #starts = new Int32Array(MOST_KEYS);
  readonly #ends = new Int32Array(MOST_KEYS);
  #keys = 0;
  /** Whether the last string had an escape in it. */
  #escaped = false;

  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#depth = 0;
    this.#keys = 0;
    this.#beyondAscii = false;
  }

  document(): boolean {
    const start = this.#at;
    this.#space();
    if (!this.#value()) return false;
    this.#space();
    if (this.#at !== this.#end) return false;
    return !this.#beyondAscii || isUtf8(this.#bytes.subarray(start, this.#end));
  }

  /** Behind the end stands whatever the buffer holds: every step checks that it is still within. */
  #value(): boolean {
    switch (this.#bytes[this.#at]) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case QUOTE:
        return this.#string();
      case 0x74:
        return this.#word(TRUE);
      case 0x66:
        return this.#word(FALSE);
      case 0x6e:
        return this.#word(NULL);
      default:
        return this.#number();
    }
  }

  #object(): boolean {
    if (++this.#depth > MOST_DEPTH) return false;
    const firstKey = this.#keys;
    let anyEscaped = false;
    // A bit for each length and last byte that a key had: most keys are told from all others by theirs.
    let seen = 0;
    this.#at++;
    this.#space();
    if (this.#take(0x7d)) {
      this.#depth--;
      return true;
    }
    do {
      this.#space();
      const start = this.#at;
      if (!this.#string()) return false;
      anyEscaped ||= this.#escaped;
      // Two spellings may be one key: telling is left to the other scan.
      if (anyEscaped && this.#keys > firstKey) return false;
      if (this.#keys === MOST_KEYS) return false;
      const bit = 1 << ((this.#at - start + (this.#bytes[this.#at - 2] as number) * 5) & 31);
      if ((seen & bit) !== 0 && this.#isKnown(firstKey, start, this.#at)) return false;
      seen |= bit;
      this.#starts[this.#keys] = start;
      this.#ends[this.#keys++] = this.#at;
      this.#space();
      if (!this.#take(0x3a)) return false;
      this.#space();
      if (!this.#value()) return false;
      this.#space();
    } while (this.#take(0x2c));
    this.#keys = firstKey;
    this.#depth--;
    return this.#take(0x7d);
  }

  #array(): boolean {
    if (++this.#depth > MOST_DEPTH) return false;
    this.#at++;
    this.#space();
    if (this.#take(0x5d)) {
      this.#depth--;
      return true;
    }
    do {
      this.#space();
      if (!this.#value()) return false;
      this.#space();
    } while (this.#take(0x2c));
    this.#depth--;
    return this.#take(0x5d);
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

  #string(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    this.#escaped = false;
    if (at >= end || bytes[at] !== QUOTE) return false;
    for (at++; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte >= 0x80) this.#beyondAscii = true;
      else if (byte === BACKSLASH) {
        this.#escaped = true;
        const size = this.#escapeSize(at);
        if (size === 0) return false;
        at += size - 1;
      }
    }
    return false;
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

  #number(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const most = Math.min(this.#end, start + MOST_NUMBER_BYTES);
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    const whole = at;
    let anything = false;
    while (at < most && isDigit(bytes[at] as number)) anything = bytes[at++] !== ZERO || anything;
    if (at === whole || (bytes[whole] === ZERO && at > whole + 1)) return false;
    if (at < most && bytes[at] === 0x2e) {
      const fraction = ++at;
      while (at < most && isDigit(bytes[at] as number)) anything = bytes[at++] !== ZERO || anything;
      if (at === fraction) return false;
    }
    if (negative && !anything) return false;
    // Exponents, and numbers without end, are left to the other scan: no value goes on with what stands here.
    this.#at = at;
    return true;
  }

  #word(word: Buffer): boolean {
    if (this.#at + word.length > this.#end) return false;
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.#at + i] !== word[i]) return false;
    this.#at += word.length;
    return true;
  }

  #space(): void {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #take(byte: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }
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
