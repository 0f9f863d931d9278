import { behindGroup, isSymbol, isWord, splitAtCommas, type Token, textOf, tokenize } from './tokens.ts';

/** A rule as it is written, with its name where it has one. */
export interface WrittenCheck {
  readonly name: string | undefined;
  readonly expression: string;
}

interface WrittenForeignKey {
  readonly name: string | undefined;
  readonly isDeferred: boolean;
}

/** What a CREATE TABLE says that no PRAGMA of SQLite tells. */
export interface WrittenTable {
  readonly checks: readonly WrittenCheck[];
  /** In the order in which they are declared. */
  readonly foreignKeys: readonly WrittenForeignKey[];
  /** By column. */
  readonly generated: ReadonlyMap<string, string>;
  readonly autoincrement: boolean;
  /** Columns with a collation of their own. */
  readonly collated: ReadonlySet<string>;
}

/** Reads what SQLite has kept of a table's definition. */
export function readCreateTable(sql: string): WrittenTable {
  const tokens = tokenize(sql);
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  const found = new Found(sql);
  if (open >= 0) {
    for (const item of splitAtCommas(tokens.slice(open + 1, behindGroup(tokens, open) - 1))) found.read(item);
  }
  return found;
}

/** With these a constraint of the table begins, and no column. */
const OF_THE_TABLE = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'];

class Found implements WrittenTable {
  readonly checks: WrittenCheck[] = [];
  readonly foreignKeys: (WrittenForeignKey & { isDeferred: boolean })[] = [];
  readonly generated = new Map<string, string>();
  readonly collated = new Set<string>();
  autoincrement = false;
  readonly #sql: string;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** A column with its constraints, or constraints of the table, between which no comma is needed. */
  read(item: readonly Token[]): void {
    const [first] = item;
    const column = OF_THE_TABLE.some((word) => isWord(first, word)) ? undefined : first?.text;
    let name: string | undefined;
    for (let i = column === undefined ? 0 : 1; i < item.length; i++) {
      const token = item[i];
      const next = item[i + 1];
      if (isWord(token, 'CONSTRAINT')) {
        name = next?.text;
        i++;
      } else if (isSymbol(token, '(')) i = behindGroup(item, i) - 1;
      else if (isWord(token, 'DEFAULT') && !isSymbol(next, '(')) i++;
      else if (isWord(token, 'AUTOINCREMENT')) this.autoincrement = true;
      else if (column !== undefined && isWord(token, 'COLLATE') && !isWord(next, 'BINARY')) {
        this.collated.add(column);
        i++;
      } else if (isWord(token, 'CHECK') && isSymbol(next, '(')) {
        this.checks.push({ name, expression: this.#inside(item, i + 1) });
        name = undefined;
      } else if (column !== undefined && isWord(token, 'AS') && isSymbol(next, '(')) {
        this.generated.set(column, this.#inside(item, i + 1));
      } else if (isWord(token, 'REFERENCES')) {
        this.foreignKeys.push({ name, isDeferred: false });
        name = undefined;
        i++;
      } else if (isWord(token, 'INITIALLY') && isWord(next, 'DEFERRED')) {
        const last = this.foreignKeys.at(-1);
        if (last) last.isDeferred = true;
      } else if (isWord(token, 'UNIQUE') || isWord(token, 'KEY')) name = undefined;
    }
    // NOT DEFERRABLE INITIALLY DEFERRED is what SQLite takes for immediate.
    const words = item.map(({ text }) => text.toUpperCase()).join(' ');
    const last = this.foreignKeys.at(-1);
    if (last && words.includes('NOT DEFERRABLE')) last.isDeferred = false;
  }

  #inside(item: readonly Token[], open: number): string {
    return textOf(this.#sql, item.slice(open + 1, behindGroup(item, open) - 1));
  }
}
