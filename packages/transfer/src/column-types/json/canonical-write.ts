import type { RowText } from '../canonical/row-text.ts';
import { isPlain, isScalar, isWord, pastSpaces, viewOf, WORD } from './canonical-bytes.ts';
import { plainNumber } from './canonical-print.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const END = 0;
const EXPONENT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?[eE][+-]?\d{1,4}$/;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
/** Levels; what has more is for canonicalJson. */
const MAX_DEPTH = 64;
/** Members that there is room for at first. */
const COMMON_MEMBERS = 256;
/** Members up to which the plainest way to put them in order is the fastest. */
const FEW_MEMBERS = 32;
/** Bytes up to which a loop is faster than a call of a builtin. */
const SHORT = 96;
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

/** The same for one large document, with memory that is given back; undefined when canonicalJson has to do it. */
export function printLargeJson(text: Buffer): Uint8Array | undefined {
  return new Printer().printAlone(text);
}

/**
 * Writes the document as it comes; an object whose members did not come in their order is written once more when
 * it ends, and nothing has to be remembered of it then.
 */
class Printer {
  #in: Buffer = Buffer.alloc(0);
  #inWords = viewOf(this.#in);
  #end = 0;
  #out: Buffer = Buffer.alloc(0);
  #outWords = viewOf(this.#out);
  #to = 0;
  #depth = 0;
  /** Members of the objects around the current place: where each lies, and how long its key is. */
  #from = new Int32Array(COMMON_MEMBERS);
  #until = new Int32Array(COMMON_MEMBERS);
  #keys = new Int32Array(COMMON_MEMBERS);
  #members = 0;
  /** Members of one object in their order. */
  #order = new Int32Array(COMMON_MEMBERS);
  /** Behind the room of the output: where an object lies as it was written first. A copy within one buffer is the cheapest. */
  #scratch = 0;
  /** Whether an escape stayed one in the last string. */
  #escaped = false;
  /** Where the input goes on behind the last \u escape. */
  #escapeEnd = 0;

  print(text: string, out: RowText): boolean {
    // One byte more for the end's mark.
    const most = (text.length > COUNTED ? Buffer.byteLength(text) : text.length * 3) + 1;
    if (this.#in.length < most) this.#readFrom(Buffer.allocUnsafeSlow(most));
    this.#end = this.#in.write(text, 0, 'utf8');
    // No JSON holds this byte: nothing reads on behind the end, and nothing has to look where it is.
    this.#in[this.#end] = END;
    const room = maxPrinted(this.#end);
    out.reserve(2 * room);
    if (this.#out !== out.buffer) this.#writeTo(out.buffer);
    this.#to = out.at;
    this.#scratch = out.at + room;
    if (!this.#document()) return false;
    out.at = this.#to;
    return true;
  }

  printAlone(text: Buffer): Uint8Array | undefined {
    this.#readFrom(text);
    this.#end = text.length;
    this.#scratch = maxPrinted(this.#end);
    this.#writeTo(Buffer.allocUnsafeSlow(2 * this.#scratch));
    this.#to = 0;
    return this.#document() ? this.#out.subarray(0, this.#to) : undefined;
  }

  #readFrom(bytes: Buffer): void {
    this.#in = bytes;
    this.#inWords = viewOf(bytes);
  }

  #writeTo(bytes: Buffer): void {
    this.#out = bytes;
    this.#outWords = viewOf(bytes);
  }

  #document(): boolean {
    this.#depth = this.#members = 0;
    const at = this.#value(pastSpaces(this.#in, 0));
    return at >= 0 && pastSpaces(this.#in, at) === this.#end;
  }

  /** Reads the value that begins at a place, as all that follow. @returns the place behind it; −1 when it is for others */
  #value(at: number): number {
    const first = this.#in[at] as number;
    if (first === QUOTE) return this.#string(at);
    if (first === 0x7b) return this.#object(at);
    if (first === 0x5b) return this.#array(at);
    return this.#scalar(at, first);
  }

  #object(begin: number): number {
    const bytes = this.#in;
    const out = this.#out;
    const firstMember = this.#members;
    if (++this.#depth > MAX_DEPTH) return -1;
    out[this.#to++] = 0x7b;
    let sorted = true;
    let at = pastSpaces(bytes, begin + 1);
    if (bytes[at] === 0x7d) at++;
    else {
      for (;;) {
        const member = this.#members++;
        if (member === this.#from.length) this.#grow();
        const from = this.#to;
        if (bytes[at] !== QUOTE) return -1;
        at = this.#string(at);
        // An escape that stays one makes a key longer than it is.
        if (at < 0 || this.#escaped) return -1;
        this.#from[member] = from;
        this.#keys[member] = this.#to - from - 2;
        if (sorted && member > firstMember) sorted = this.#compare(member - 1, member) < 0;
        at = pastSpaces(bytes, at);
        if (bytes[at] !== 0x3a) return -1;
        at = pastSpaces(bytes, at + 1);
        out[this.#to] = 0x3a;
        out[this.#to + 1] = 0x20;
        this.#to += 2;
        at = this.#value(at);
        if (at < 0) return -1;
        this.#until[member] = this.#to;
        at = pastSpaces(bytes, at);
        const next = bytes[at++];
        if (next === 0x7d) break;
        if (next !== 0x2c) return -1;
        at = pastSpaces(bytes, at);
        out[this.#to] = 0x2c;
        out[this.#to + 1] = 0x20;
        this.#to += 2;
      }
    }
    if (!sorted) this.#rewrite(firstMember);
    this.#members = firstMember;
    this.#depth--;
    out[this.#to++] = 0x7d;
    return at;
  }

  /** Writes the members from `first` on, which end the output, once more in the order of their keys. */
  #rewrite(first: number): void {
    const count = this.#sort(first);
    const out = this.#out;
    const start = this.#from[first] as number;
    this.#copy(start, this.#to, this.#scratch);
    const moved = this.#scratch - start;
    let to = start;
    for (let i = 0; i < count; i++) {
      if (i > 0) {
        out[to++] = 0x2c;
        out[to++] = 0x20;
      }
      const member = this.#order[i] as number;
      to = this.#copy((this.#from[member] as number) + moved, (this.#until[member] as number) + moved, to);
    }
  }

  /** Copies within the output, and up to three bytes more, which are written later. @returns the place behind the copy */
  #copy(begin: number, end: number, to: number): number {
    if (end - begin > SHORT) this.#out.copyWithin(to, begin, end);
    else {
      const words = this.#outWords;
      for (let from = begin, at = to; from < end; from += WORD, at += WORD)
        words.setInt32(at, words.getInt32(from, true), true);
    }
    return to + end - begin;
  }

  /** Puts the members from `first` on in the order of their keys. @returns how many there are */
  #sort(first: number): number {
    const count = this.#members - first;
    if (count > this.#order.length) this.#order = new Int32Array(count * 2);
    const order = this.#order;
    if (count > FEW_MEMBERS) {
      for (let i = 0; i < count; i++) order[i] = first + i;
      order.subarray(0, count).sort((a, b) => this.#compare(a, b));
      return count;
    }
    for (let i = 0; i < count; i++) {
      const member = first + i;
      let place = i;
      while (place > 0 && this.#compare(order[place - 1] as number, member) > 0) {
        order[place] = order[place - 1] as number;
        place--;
      }
      order[place] = member;
    }
    return count;
  }

  #grow(): void {
    this.#from = grown(this.#from);
    this.#until = grown(this.#until);
    this.#keys = grown(this.#keys);
  }

  /** jsonb's order of keys: the shorter first, then by bytes. */
  #compare(a: number, b: number): number {
    const out = this.#out;
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

  #array(begin: number): number {
    const bytes = this.#in;
    const out = this.#out;
    if (++this.#depth > MAX_DEPTH) return -1;
    out[this.#to++] = 0x5b;
    let at = pastSpaces(bytes, begin + 1);
    if (bytes[at] === 0x5d) at++;
    else {
      for (;;) {
        at = this.#value(at);
        if (at < 0) return -1;
        at = pastSpaces(bytes, at);
        const next = bytes[at++];
        if (next === 0x5d) break;
        if (next !== 0x2c) return -1;
        at = pastSpaces(bytes, at);
        out[this.#to] = 0x2c;
        out[this.#to + 1] = 0x20;
        this.#to += 2;
      }
    }
    this.#depth--;
    out[this.#to++] = 0x5d;
    return at;
  }

  #string(begin: number): number {
    const bytes = this.#in;
    const out = this.#out;
    const words = this.#inWords;
    const outWords = this.#outWords;
    const lastWord = bytes.length - WORD;
    let at = begin + 1;
    let to = this.#to;
    this.#escaped = false;
    out[to++] = QUOTE;
    for (; at <= lastWord; at += WORD, to += WORD) {
      const word = words.getInt32(at, true);
      if (!isPlain(word)) break;
      outWords.setInt32(to, word, true);
    }
    for (;;) {
      const byte = bytes[at++] as number;
      // Most letters are behind all that means something.
      if (byte > BACKSLASH) out[to++] = byte;
      else if (byte === QUOTE) {
        out[to++] = byte;
        this.#to = to;
        return at;
      } else if (byte === BACKSLASH) {
        const kind = bytes[at++] as number;
        if (kind === 0x75) {
          to = this.#unicode(at, to);
          if (to < 0) return -1;
          at = this.#escapeEnd;
        } else if (!(kind > END)) return -1;
        else if (kind === 0x2f) out[to++] = kind;
        else {
          this.#escaped = true;
          out[to++] = BACKSLASH;
          out[to++] = kind;
        }
      } else if (byte > END) out[to++] = byte;
      // Or nothing at all, behind the end of a buffer.
      else return -1;
    }
  }

  /** Writes the character of an escape whose digits begin at `at`. @returns where the output goes on; −1 when it is for others */
  #unicode(at: number, to: number): number {
    const out = this.#out;
    let code = this.#hex(at);
    this.#escapeEnd = at + 4;
    if (code >= 0xd800 && code <= 0xdbff) {
      if (this.#in[at + 4] !== BACKSLASH || this.#in[at + 5] !== 0x75) return -1;
      const low = this.#hex(at + 6);
      if (low < 0xdc00 || low > 0xdfff) return -1;
      code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      this.#escapeEnd = at + 10;
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
  #scalar(start: number, first: number): number {
    const bytes = this.#in;
    const out = this.#out;
    let at = start;
    let to = this.#to;
    let highest = 0;
    for (let byte = first; isScalar(byte); byte = bytes[++at] as number) {
      out[to++] = byte;
      if (byte > highest) highest = byte;
    }
    this.#to = to;
    // Digits, signs and a point alone.
    if (highest <= 0x39) return at > start ? at : -1;
    const word = first === 0x74 ? TRUE : first === 0x66 ? FALSE : first === 0x6e ? NULL : undefined;
    const known = word === undefined ? this.#exponent(start, at) : isWord(word, bytes, start, at);
    return known ? at : -1;
  }

  /** Writes the number that lies there, with its point moved as its exponent says. */
  #exponent(start: number, end: number): boolean {
    const token = this.#in.toString('latin1', start, end);
    if (!EXPONENT.test(token)) return false;
    const printed = plainNumber(token);
    const needed = this.#to - (end - start) + printed.length + 2 * (this.#end - end);
    // A few bytes can stand for thousands of digits.
    if (needed > this.#scratch) return false;
    this.#to -= end - start;
    this.#to += this.#out.write(printed, this.#to, 'latin1');
    return true;
  }
}

/**
 * Bytes of a document of so many, printed: the spaces behind `,` and `:` are never as many as there is already. One word more,
 * of which a part may be written.
 */
function maxPrinted(bytes: number): number {
  return bytes * 2 + 1 + WORD;
}

function grown(ints: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(ints.length * 2);
  larger.set(ints);
  return larger;
}

const printer = new Printer();
