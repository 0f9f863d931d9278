/** A piece of SQL as SQLite reads it. */
export interface Token {
  /** `word` may be a keyword or a name, `name` is a quoted name. */
  readonly kind: 'word' | 'name' | 'string' | 'blob' | 'number' | 'symbol';
  /** Words as they are written, names and strings without their quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What stands where, in the order in which it is tried (SQLite's tokenize.c). */
const PIECES = [
  ['space', /(?:[ \t\n\f\r\ufeff]+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/y],
  ['blob', /[xX]'[0-9a-fA-F]*'/y],
  ['string', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ['number', /0[xX][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['symbol', /->>|->|\|\||<=|>=|<>|!=|==|<<|>>|[\s\S]/y],
] as const;

/** Cuts SQL that SQLite has accepted into its tokens; comments are none. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  while (start < sql.length) {
    for (const [kind, pattern] of PIECES) {
      pattern.lastIndex = start;
      const written = pattern.exec(sql)?.[0];
      if (written === undefined) continue;
      const end = start + written.length;
      if (kind !== 'space') tokens.push({ kind, text: unquoted(kind, written), start, end });
      start = end;
      break;
    }
  }
  return tokens;
}

function unquoted(kind: Token['kind'], written: string): string {
  if (kind === 'blob') return written.slice(2, -1);
  if (kind !== 'string' && kind !== 'name') return written;
  const quote = written[0] as string;
  const inside = written.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

/** Behind the group in brackets that begins at `at`. */
export function behindGroup(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (isSymbol(tokens[i], '(')) depth++;
    if (isSymbol(tokens[i], ')') && --depth === 0) return i + 1;
  }
  return tokens.length;
}

/** The parts between commas that stand in no brackets. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth === 0 && isSymbol(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** The SQL that tokens were cut from. */
export function textOf(sql: string, tokens: readonly Token[]): string {
  return tokens.length === 0 ? '' : sql.slice((tokens[0] as Token).start, (tokens.at(-1) as Token).end);
}
