import type { RowText } from './row-text.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Members of all objects around one place, and levels; what has more is for canonicalJson. */
const MOST_MEMBERS = 1024;
const MOST_DEPTH = 64;
/** UTF-16 units from which on counting bytes is cheaper than the room that they may not need. */
const COUNTED = 64 * 1024;
const HEX = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Writes a JSON text as PostgreSQL prints the jsonb of it, as canonicalJson does, but from bytes to bytes and
 * only for what documents are commonly made of.
 *
 * @returns false, with nothing written, when canonicalJson has to do it
 */
export function writeJson(text: string, out: RowText): boolean {
  return printer.print(text, out);
}

class Printer {
  #in: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #end = 0;
  #at = 0;
  #out: Buffer = this.#in;
  #to = 0;
  #depth = 0;
  /** Where a member begins and ends in the output, and how long its key is. */
  readonly #from = new Int32Array(MOST_MEMBERS);
  readonly #until = new Int32Array(MOST_MEMBERS);
  readonly #keys = new Int32Array(MOST_MEMBERS);
  readonly #order = new Int32Array(MOST_MEMBERS);
  #members = 0;
  /** Whether an escape stayed one in the last string. */
  #escaped = false;
  #moved: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

  print(text: string, out: RowText): boolean {
    const most = text.length > COUNTED ? Buffer.byteLength(text) : text.length * 3;
    if (this.#in.length < most) this.#in = Buffer.allocUnsafeSlow(most);
    this.#end = this.#in.write(text, 0, 'utf8');
    // The spaces behind `,` and `:` are all that is added: never as much as is there.
    out.reserve(this.#end * 2);
    this.#out = out.buffer;
    this.#to = out.at;
    this.#at = 0;
    this.#depth = 0;
    this.#members = 0;
    this.#skip();
    if (!this.#value()) return false;
    this.#skip();
    if (this.#at !== this.#end) return false;
    out.at = this.#to;
    return true;
  }

  #value(): boolean {
    if (this.#at >= this.#end) return false;
    const first = this.#in[this.#at] as number;
    if (first === QUOTE) return this.#string();
    if (first === 0x7b) return this.#object();
    if (first === 0x5b) return this.#array();
    return this.#scalar(first);
  }

  #object(): boolean {
    const out = this.#out;
    const start = this.#to;
    const first = this.#members;
    if (++this.#depth > MOST_DEPTH) return false;
    out[this.#to++] = 0x7b;
    this.#at++;
    this.#skip();
    let sorted = true;
    if (!this.#take(0x7d)) {
      do {
        this.#skip();
        const member = this.#members;
        if (member === MOST_MEMBERS) return false;
        if (member > first) {
          out[this.#to++] = 0x2c;
          out[this.#to++] = 0x20;
        }
        const from = this.#to;
        if (this.#in[this.#at] !== QUOTE || !this.#string()) return false;
        const key = this.#to - from - 2;
        // An escape that stays one makes a key longer than it is.
        if (this.#escaped) return false;
        this.#from[member] = from;
        this.#keys[member] = key;
        this.#members++;
        if (sorted && member > first) sorted = this.#compare(out, member - 1, member) < 0;
        this.#skip();
        if (!this.#take(0x3a)) return false;
        out[this.#to++] = 0x3a;
        out[this.#to++] = 0x20;
        this.#skip();
        if (!this.#value()) return false;
        this.#until[member] = this.#to;
        this.#skip();
      } while (this.#take(0x2c));
      if (!this.#take(0x7d)) return false;
    }
    if (!sorted) this.#sort(start + 1, first);
    this.#members = first;
    this.#depth--;
    this.#out[this.#to++] = 0x7d;
    return true;
  }

  /** Puts the members that were written from `start` on in the order of their keys. */
  #sort(start: number, first: number): void {
    const out = this.#out;
    const order = this.#order;
    for (let member = first; member < this.#members; member++) {
      let place = member;
      while (place > first && this.#compare(out, order[place - 1] as number, member) > 0) {
        order[place] = order[place - 1] as number;
        place--;
      }
      order[place] = member;
    }
    const length = this.#to - start;
    if (this.#moved.length < length) this.#moved = Buffer.allocUnsafeSlow(length * 2);
    const moved = this.#moved;
    copyBytes(out, start, this.#to, moved, 0);
    let to = start;
    for (let i = first; i < this.#members; i++) {
      const member = order[i] as number;
      if (i > first) {
        out[to++] = 0x2c;
        out[to++] = 0x20;
      }
      const from = this.#from[member] as number;
      const until = this.#until[member] as number;
      copyBytes(moved, from - start, until - start, out, to);
      to += until - from;
    }
  }

  /** jsonb's order of keys: the shorter first, then by bytes. */
  #compare(out: Buffer, a: number, b: number): number {
    const length = this.#keys[a] as number;
    if (length !== this.#keys[b]) return length - (this.#keys[b] as number);
    let one = (this.#from[a] as number) + 1;
    let other = (this.#from[b] as number) + 1;
    for (let i = 0; i < length; i++) {
      const difference = (out[one++] as number) - (out[other++] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #array(): boolean {
    const out = this.#out;
    if (++this.#depth > MOST_DEPTH) return false;
    out[this.#to++] = 0x5b;
    this.#at++;
    this.#skip();
    if (!this.#take(0x5d)) {
      let more = false;
      do {
        if (more) {
          out[this.#to++] = 0x2c;
          out[this.#to++] = 0x20;
        }
        more = true;
        this.#skip();
        if (!this.#value()) return false;
        this.#skip();
      } while (this.#take(0x2c));
      if (!this.#take(0x5d)) return false;
    }
    this.#depth--;
    out[this.#to++] = 0x5d;
    return true;
  }

  #string(): boolean {
    const bytes = this.#in;
    const out = this.#out;
    const end = this.#end;
    let at = this.#at + 1;
    let to = this.#to;
    this.#escaped = false;
    out[to++] = QUOTE;
    while (at < end) {
      const byte = bytes[at++] as number;
      if (byte === BACKSLASH) {
        const kind = bytes[at++] as number;
        if (kind === 0x75) {
          to = this.#unicode(at, to);
          if (to < 0) return false;
          at = this.#at;
        } else if (kind === 0x2f) out[to++] = kind;
        else {
          this.#escaped = true;
          out[to++] = BACKSLASH;
          out[to++] = kind;
        }
        continue;
      }
      out[to++] = byte;
      if (byte === QUOTE) {
        this.#at = at;
        this.#to = to;
        return true;
      }
    }
    return false;
  }

  /** Writes the character of an escape whose digits begin at `at`. @returns where the output goes on; −1 when it is for others */
  #unicode(at: number, to: number): number {
    const out = this.#out;
    let code = this.#hex(at);
    this.#at = at + 4;
    if (code >= 0xd800 && code <= 0xdbff) {
      if (this.#in[at + 4] !== BACKSLASH || this.#in[at + 5] !== 0x75) return -1;
      const low = this.#hex(at + 6);
      if (low < 0xdc00 || low > 0xdfff) return -1;
      code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      this.#at = at + 10;
    }
    // Control characters, quotes and backslashes stay escapes of some form, lone surrogates have none.
    if (code < 0x20 || code === QUOTE || code === BACKSLASH || (code >= 0xd800 && code <= 0xdfff)) return -1;
    let next = to;
    if (code < 0x80) out[next++] = code;
    else if (code < 0x800) {
      out[next++] = 0xc0 | (code >> 6);
      out[next++] = 0x80 | (code & 0x3f);
    } else {
      if (code < 0x1_0000) out[next++] = 0xe0 | (code >> 12);
      else {
        out[next++] = 0xf0 | (code >> 18);
        out[next++] = 0x80 | ((code >> 12) & 0x3f);
      }
      out[next++] = 0x80 | ((code >> 6) & 0x3f);
      out[next++] = 0x80 | (code & 0x3f);
    }
    return next;
  }

  #hex(at: number): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = HEX[this.#in[at + i] as number] as number;
      if (digit < 0 || at + i >= this.#end) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  /** A number without exponent, or one of the three words, as it stands. */
  #scalar(first: number): boolean {
    const start = this.#at;
    let at = start;
    while (at < this.#end && isScalar(this.#in[at] as number))
      this.#out[this.#to++] = this.#in[at++] as number;
    this.#at = at;
    const word = first === 0x74 ? 'true' : first === 0x66 ? 'false' : first === 0x6e ? 'null' : undefined;
    if (word !== undefined) return this.#in.toString('latin1', start, at) === word;
    for (let i = start; i < at; i++) if ((this.#in[i] as number) > 0x39) return false;
    return at > start;
  }

  #take(byte: number): boolean {
    if (this.#at >= this.#end || this.#in[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    const bytes = this.#in;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }
}

/** Digits, letters, `-`, `+` and `.`: what numbers and words are made of. */
function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2e ||
    byte === 0x2d ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x45
  );
}

function copyBytes(from: Buffer, start: number, end: number, into: Buffer, at: number): void {
  if (end - start > 48) from.copy(into, at, start, end);
  else for (let i = start, to = at; i < end; ) into[to++] = from[i++] as number;
}

const printer = new Printer();
