import { firstGroup, isSignificant, isWord, splitAtCommas, textOf, tokensOf } from './tokens.ts';

/** What a CREATE INDEX says that no PRAGMA of SQLite tells. */
export interface IndexSql {
  /** What is indexed, each without its collation and its direction. */
  readonly items: readonly string[];
  readonly where: string | undefined;
}

export function readIndexSql(sql: string): IndexSql {
  const { inside, behind } = firstGroup(tokensOf(sql)) ?? { inside: [], behind: [] };
  const items = splitAtCommas(inside).map((item) => {
    const significant = item.filter(isSignificant);
    if (isWord(significant.at(-1), 'ASC', 'DESC')) significant.pop();
    if (isWord(significant.at(-2), 'COLLATE')) significant.splice(-2);
    const last = significant.at(-1);
    return textOf(item.slice(0, last && item.indexOf(last) + 1));
  });
  const where = behind.findIndex((token) => isWord(token, 'WHERE'));
  return { items, where: where < 0 ? undefined : textOf(behind.slice(where + 1)) };
}
