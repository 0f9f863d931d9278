/**
 * A JSON text as PostgreSQL prints the jsonb of it: keys sorted by length and then by bytes, one space
 * after `,` and `:`, numbers in numeric's plain form with their scale (PostgreSQL manual, 8.14).
 *
 * @returns undefined when the text is no JSON.
 */
export function canonicalJson(text: string): string | undefined {
  const printer = new Printer(text);
  try {
    return printer.document();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const WORD = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

interface Member {
  readonly key: string;
  readonly printed: string;
}

/** Reads a text once from left to right and builds its printed form on the way. */
class Printer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): string {
    const printed = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) throw new SyntaxError();
    return printed;
  }

  #value(): string {
    this.#skip();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return printedString(this.#string());
      case 't':
      case 'f':
      case 'n':
        return this.#match(WORD);
      default:
        return plainNumber(this.#match(NUMBER));
    }
  }

  #object(): string {
    const members: Member[] = [];
    this.#at++;
    if (this.#next('}')) return '{}';
    do {
      this.#skip();
      const token = this.#string();
      if (!this.#next(':')) throw new SyntaxError();
      members.push({ key: keyOf(token), printed: `${printedString(token)}: ${this.#value()}` });
    } while (this.#next(','));
    if (!this.#next('}')) throw new SyntaxError();
    members.sort(byLengthThenBytes);
    let printed = '{';
    for (const member of members) printed += printed.length > 1 ? `, ${member.printed}` : member.printed;
    return `${printed}}`;
  }

  #array(): string {
    this.#at++;
    if (this.#next(']')) return '[]';
    let printed = `[${this.#value()}`;
    while (this.#next(',')) printed += `, ${this.#value()}`;
    if (!this.#next(']')) throw new SyntaxError();
    return `${printed}]`;
  }

  /** The string with its quotes, as it is written. */
  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw new SyntaxError();
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError();
    this.#at = end + 1;
    return this.#text.slice(start, end + 1);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) throw new SyntaxError();
    this.#at += found.length;
    return found;
  }

  #next(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    const text = this.#text;
    let unit = text.charCodeAt(this.#at);
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09)
      unit = text.charCodeAt(++this.#at);
  }
}

/** An odd number of backslashes before a quote makes it part of the string. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === 0x5c) before--;
  return (at - before) % 2 === 1;
}

function keyOf(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}

/** JSON.stringify escapes exactly what PostgreSQL's escape_json does. */
function printedString(token: string): string {
  return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token;
}

const ASCII = /^[\0-\x7f]*$/;

function byLengthThenBytes({ key: a }: Member, { key: b }: Member): number {
  if (ASCII.test(a) && ASCII.test(b)) return a.length - b.length || (a < b ? -1 : 1);
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length - y.length || Buffer.compare(x, y);
}

/** Moves the point by the exponent: `1.5e3` is 1500, `1E-3` is 0.001. */
export function plainNumber(token: string): string {
  const e = token.search(/[eE]/);
  if (e < 0) return token;
  const mantissa = token.slice(0, e);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(token.slice(e + 1));
  const moved =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return sign + moved.replace(/^0+(?=\d)/, '');
}
