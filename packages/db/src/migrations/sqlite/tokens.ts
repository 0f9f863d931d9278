/** A piece of SQL, as SQLite's tokenizer cuts it (https://sqlite.org/lang.html). */
export interface Token {
  readonly kind: 'space' | 'comment' | 'string' | 'name' | 'word' | 'other';
  /** As it is written. */
  readonly text: string;
  /** Where it begins in the script. */
  readonly start: number;
}

/** Names in quotes are `name`, names and keywords without are `word`; a string is `'…'`, also as a blob. */
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /[\s\ufeff]+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['string', /[xX]?'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ['word', /[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy],
  ['other', /\d[\w.]*|\.\d\w*|<=|>=|<>|!=|==|\|\||<<|>>|->>?|[\s\S]/y],
];

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  while (start < sql.length) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = start;
      const text = pattern.exec(sql)?.[0];
      if (!text) continue;
      tokens.push({ kind, text, start });
      start += text.length;
      break;
    }
  }
  return tokens;
}

/** Whether a token means something: neither white space nor a comment. */
export function isSignificant({ kind }: Token): boolean {
  return kind !== 'space' && kind !== 'comment';
}

/** The name that a token stands for, without quotes; SQLite compares names without regard to case. */
export function nameOf({ kind, text }: Token): string {
  if (kind !== 'name') return text;
  const inner = text.slice(1, -1);
  return text.startsWith('"') ? inner.replaceAll('""', '"') : inner.replaceAll('``', '`');
}

/** A name or a text in a form that is equal for what SQLite takes for the same name. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether a token is this keyword, or one of these. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** SQL without comments and with one blank between tokens: equal texts mean the same, however they are laid out. */
export function normalize(sql: string): string {
  return tokensOf(sql)
    .filter(isSignificant)
    .map((token) => (token.kind === 'name' || token.kind === 'word' ? foldName(nameOf(token)) : token.text))
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

/** The index of the parenthesis that closes the one at `open`; the end of the list when none does. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === '(') depth++;
    else if (tokens[at]?.text === ')' && --depth === 0) return at;
  }
  return tokens.length;
}

export function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}
