import { behindGroup, isSymbol, isWord, splitAtCommas, textOf, tokenize } from './tokens.ts';

/** What a CREATE INDEX says that no PRAGMA of SQLite tells. */
export interface WrittenIndex {
  /** What is indexed, each without its collation and its direction. */
  readonly items: readonly string[];
  readonly where: string | undefined;
}

export function readCreateIndex(sql: string): WrittenIndex {
  const tokens = tokenize(sql);
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  const close = behindGroup(tokens, open);
  const items = splitAtCommas(tokens.slice(open + 1, close - 1)).map((item) => {
    let end = item.length;
    if (isWord(item[end - 1], 'ASC') || isWord(item[end - 1], 'DESC')) end--;
    if (isWord(item[end - 2], 'COLLATE')) end -= 2;
    return textOf(sql, item.slice(0, end));
  });
  const rest = tokens.slice(close);
  return { items, where: isWord(rest[0], 'WHERE') ? textOf(sql, rest.slice(1)) : undefined };
}
