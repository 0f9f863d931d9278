/** A piece of SQL, as SQLite's tokenizer cuts it (tokenize.c). */
export interface Token {
  /** `word` may be a keyword or a name, `name` is a quoted name. */
  readonly kind: 'space' | 'comment' | 'string' | 'blob' | 'name' | 'number' | 'word' | 'symbol';
  /** As it is written. */
  readonly text: string;
  /** Of a name or a string: what is in its quotes. Of all else: as it is written. */
  readonly value: string;
  /** Where it begins in the script. */
  readonly start: number;
}

/** In the order in which they are tried. */
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  // A vertical tab is white space behind other white space only.
  ['space', /[ \t\n\f\r][ \t\n\v\f\r]*|\ufeff/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['blob', /[xX]'[0-9a-fA-F]*'/y],
  ['string', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ['number', /0[xX][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['symbol', /->>|->|\|\||<=|>=|<>|!=|==|<<|>>|[\s\S]/y],
];

/** Cuts SQL into tokens, which together are the whole of it. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  while (start < sql.length) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = start;
      const text = pattern.exec(sql)?.[0];
      if (text === undefined) continue;
      tokens.push({ kind, text, value: unquoted(kind, text), start });
      start += text.length;
      break;
    }
  }
  return tokens;
}

function unquoted(kind: Token['kind'], text: string): string {
  if (kind !== 'string' && kind !== 'name') return text;
  const [quote = ''] = text;
  const inside = text.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}

/** Whether a token means something: neither white space nor a comment. */
export function isSignificant({ kind }: Token): boolean {
  return kind !== 'space' && kind !== 'comment';
}

export function significantTokens(sql: string): Token[] {
  return tokensOf(sql).filter(isSignificant);
}

/** A name as SQLite compares it: without regard to the case of A to Z, and of no other letter. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether a token is this keyword, or one of these. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

/** SQL without comments and with one blank between tokens: equal texts mean the same, however they are laid out. */
export function normalize(sql: string): string {
  return significantTokens(sql)
    .map(({ kind, text, value }) => (kind === 'name' || kind === 'word' ? foldName(value) : text))
    .join(' ');
}

/** Parts of a list of tokens between commas that stand in no parentheses. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** What stands in the first parentheses, and behind them; undefined where there are none. */
export function firstGroup(tokens: readonly Token[]): { inside: Token[]; behind: Token[] } | undefined {
  const open = tokens.findIndex(({ text }) => text === '(');
  if (open < 0) return undefined;
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === '(') depth++;
    else if (tokens[at]?.text === ')' && --depth === 0)
      return { inside: tokens.slice(open + 1, at), behind: tokens.slice(at + 1) };
  }
  return { inside: tokens.slice(open + 1), behind: [] };
}

/** The SQL of tokens, without comments: one to the end of the line would swallow what is put behind it. */
export function textOf(tokens: readonly Token[]): string {
  // What trims texts would take a no-break space, too, which is a part of a name.
  return tokens
    .slice(tokens.findIndex(isSignificant), tokens.findLastIndex(isSignificant) + 1)
    .map(({ kind, text }) => (kind === 'comment' ? ' ' : text))
    .join('');
}
