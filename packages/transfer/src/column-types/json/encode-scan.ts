import type { Refusal } from '../encode/types.ts';

/**
 * Tells whether a JSON text is valid by RFC 8259, and jsonb holds all that it says: no `\u0000`, no lone surrogate
 * escape, no key twice in one object (jsonb keeps only the last), no number outside numeric.
 *
 * @param isKept whether the text is kept as it is written, and need only be valid
 * @returns the reason to refuse it, with its place in UTF-16 units; undefined for a text that is fine.
 */
export function scanJson(text: string, isKept = false): Refusal {
  const scanner = new Scanner(text, isKept);
  try {
    scanner.document();
    return undefined;
  } catch (error) {
    if (error instanceof JsonFault) return `${error.message} (at ${scanner.at})`;
    throw error;
  }
}

class JsonFault extends Error {}

const NOT_JSON = 'not valid JSON';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** PostgreSQL's own limit comes from its stack depth (about 6,000 levels by default); this stays below it. */
const MAX_DEPTH = 1_000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?/y;

class Scanner {
  at = 0;
  #depth = 0;
  readonly #text: string;
  readonly #isKept: boolean;

  constructor(text: string, isKept: boolean) {
    this.#text = text;
    this.#isKept = isKept;
  }

  document(): void {
    this.#space();
    this.#value();
    this.#space();
    if (this.at !== this.#text.length) throw new JsonFault(NOT_JSON);
  }

  #value(): void {
    const first = this.#text.charCodeAt(this.at);
    if (first === 0x7b) this.#object();
    else if (first === 0x5b) this.#array();
    else if (first === QUOTE) this.#string();
    else if (first === 0x74) this.#word('true');
    else if (first === 0x66) this.#word('false');
    else if (first === 0x6e) this.#word('null');
    else this.#number();
  }

  #object(): void {
    this.#enter();
    this.#space();
    if (this.#take(0x7d)) {
      this.#leave();
      return;
    }
    // A few keys are compared faster in an array than hashed into a set.
    const keys: string[] = [];
    let more: Set<string> | undefined;
    do {
      this.#space();
      const key = this.#string();
      if (!this.#isKept && (more ? more.has(key) : keys.includes(key)))
        throw new JsonFault('a key twice in one JSON object');
      if (more) more.add(key);
      else if (keys.push(key) > 32) more = new Set(keys);
      this.#space();
      if (!this.#take(0x3a)) throw new JsonFault(NOT_JSON);
      this.#space();
      this.#value();
      this.#space();
    } while (this.#take(0x2c));
    if (!this.#take(0x7d)) throw new JsonFault(NOT_JSON);
    this.#leave();
  }

  #array(): void {
    this.#enter();
    this.#space();
    if (this.#take(0x5d)) {
      this.#leave();
      return;
    }
    do {
      this.#space();
      this.#value();
      this.#space();
    } while (this.#take(0x2c));
    if (!this.#take(0x5d)) throw new JsonFault(NOT_JSON);
    this.#leave();
  }

  /** The string's value: two spellings of a key are one key. */
  #string(): string {
    if (!this.#take(QUOTE)) throw new JsonFault(NOT_JSON);
    const text = this.#text;
    const start = this.at;
    let escaped = false;
    for (;;) {
      const unit = text.charCodeAt(this.at);
      if (unit === QUOTE) break;
      // NaN, past the end, fails the comparison as a control character does.
      if (!(unit >= 0x20)) throw new JsonFault(NOT_JSON);
      if (unit === BACKSLASH) {
        escaped = true;
        this.#escape();
      } else this.at++;
    }
    const raw = text.slice(start, this.at);
    this.at++;
    return escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  #escape(): void {
    const kind = this.#text.charAt(this.at + 1);
    if (kind !== 'u') {
      if (kind === '' || !'"\\/bfnrt'.includes(kind)) throw new JsonFault(NOT_JSON);
      this.at += 2;
      return;
    }
    const unit = this.#hex(this.at + 2);
    if (this.#isKept) {
      this.at += 6;
      return;
    }
    if (unit === 0) throw new JsonFault('\\u0000 in a JSON string, which jsonb cannot hold');
    this.at += 6;
    if (unit < 0xd800 || unit > 0xdfff) return;
    const low = unit < 0xdc00 && this.#text.startsWith('\\u', this.at) ? this.#hex(this.at + 2) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw new JsonFault('a lone surrogate escape in a JSON string');
    this.at += 6;
  }

  #hex(at: number): number {
    const digits = this.#text.slice(at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new JsonFault(NOT_JSON);
    return Number.parseInt(digits, 16);
  }

  #number(): void {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw new JsonFault(NOT_JSON);
    if (this.#isKept) {
      this.at += match[0].length;
      return;
    }
    const exponent = Math.abs(Number(match[1] ?? 0));
    if (match[0].length > 16_000 || exponent > 16_000) {
      throw new JsonFault('a JSON number beyond what numeric holds');
    }
    // numeric has no negative zero: the sign would be lost.
    if (match[0].charCodeAt(0) === 0x2d && !/[1-9]/.test(match[0].split(/[eE]/, 1)[0] as string)) {
      throw new JsonFault('negative zero in JSON, which jsonb has not');
    }
    this.at += match[0].length;
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.at)) throw new JsonFault(NOT_JSON);
    this.at += word.length;
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at++;
    }
  }

  #take(unit: number): boolean {
    if (this.#text.charCodeAt(this.at) !== unit) return false;
    this.at++;
    return true;
  }

  #enter(): void {
    this.at++;
    if (++this.#depth > MAX_DEPTH) throw new JsonFault(`JSON nested deeper than ${MAX_DEPTH} levels`);
  }

  #leave(): void {
    this.#depth--;
  }
}
