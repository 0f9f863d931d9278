import { foldName, isSignificant, isWord, type Token, tokensOf } from '@vatevo/sqlite-sql';

/** A statement of a SQLite migration. */
export interface SqliteStatement {
  readonly sql: string;
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  /** Its tokens that mean something. */
  readonly tokens: readonly Token[];
  readonly deed: Deed;
}

/** What a statement does, as far as it matters for what must outlive a migration; names are folded. */
type Deed =
  | { readonly kind: 'drop'; readonly what: 'table' | 'index' | 'trigger' | 'view'; readonly name: string }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly kind: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  /** Changes or removes rows of a table, and says so. */
  | { readonly kind: 'change-rows'; readonly table: string; readonly verb: 'update' | 'delete' | 'insert' }
  | { readonly kind: 'transaction' }
  | { readonly kind: 'other' };

/** Cuts a script into its statements, as `sqlite3_complete` does: a trigger ends with `; END ;`. */
export function statementsOf(script: string): SqliteStatement[] {
  const statements: SqliteStatement[] = [];
  let current: Token[] = [];
  const finish = (end: number) => {
    const tokens = current.filter(isSignificant);
    const [first] = tokens;
    if (first !== undefined) {
      statements.push({
        sql: script.slice(first.start, end).trim(),
        line: script.slice(0, first.start).split('\n').length,
        tokens,
        deed: deedOf(tokens),
      });
    }
    current = [];
  };
  for (const token of tokensOf(script)) {
    if (token.text === ';' && !isInsideTrigger(current.filter(isSignificant))) finish(token.start);
    else current.push(token);
  }
  finish(script.length);
  return statements;
}

function isInsideTrigger(tokens: readonly Token[]): boolean {
  if (!isWord(tokens[0], 'CREATE')) return false;
  const kind = isWord(tokens[1], 'TEMP', 'TEMPORARY') ? tokens[2] : tokens[1];
  if (!isWord(kind, 'TRIGGER')) return false;
  return !(isWord(tokens.at(-1), 'END') && tokens.at(-2)?.text === ';');
}

function deedOf(tokens: readonly Token[]): Deed {
  const [first] = tokens;
  if (
    isWord(first, 'BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'ATTACH', 'DETACH', 'VACUUM')
  ) {
    return { kind: 'transaction' };
  }
  if (isWord(first, 'DROP')) {
    const what = tokens[1]?.text.toLowerCase();
    if (what !== 'table' && what !== 'index' && what !== 'trigger' && what !== 'view')
      return { kind: 'other' };
    return { kind: 'drop', what, name: nameAt(tokens, isWord(tokens[2], 'IF') ? 4 : 2) };
  }
  if (isWord(first, 'ALTER')) return alteration(tokens);
  if (isWord(first, 'UPDATE')) {
    return { kind: 'change-rows', table: nameAt(tokens, isWord(tokens[1], 'OR') ? 3 : 1), verb: 'update' };
  }
  if (isWord(first, 'DELETE')) return { kind: 'change-rows', table: nameAt(tokens, 2), verb: 'delete' };
  const into = tokens.findIndex((token) => isWord(token, 'INTO'));
  const replaces =
    isWord(first, 'REPLACE') ||
    (isWord(first, 'INSERT') &&
      (isWord(tokens[2], 'REPLACE') ||
        tokens.some((token, at) => isWord(token, 'CONFLICT') && isWord(tokens[at - 1], 'ON'))));
  if (replaces && into > 0) return { kind: 'change-rows', table: nameAt(tokens, into + 1), verb: 'insert' };
  return { kind: 'other' };
}

function alteration(tokens: readonly Token[]): Deed {
  const isQualified = tokens[3]?.text === '.';
  const table = nameAt(tokens, 2);
  const rest = tokens.slice(isQualified ? 5 : 3);
  const isColumn = isWord(rest[1], 'COLUMN') && rest[2] !== undefined;
  if (isWord(rest[0], 'DROP') && !isWord(rest[1], 'CONSTRAINT')) {
    return { kind: 'drop-column', table, column: nameAt(rest, isColumn ? 2 : 1) };
  }
  if (isWord(rest[0], 'RENAME') && isWord(rest[1], 'TO')) {
    return { kind: 'rename-table', table, to: nameAt(rest, 2) };
  }
  if (isWord(rest[0], 'RENAME')) {
    const at = isColumn ? 2 : 1;
    return { kind: 'rename-column', table, column: nameAt(rest, at), to: nameAt(rest, at + 2) };
  }
  return { kind: 'other' };
}

/** The name at a place, whether a schema stands before it or not. */
function nameAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at + 1]?.text === '.' ? tokens[at + 2] : tokens[at];
  return token === undefined ? '' : foldName(token.value);
}
