import { TransactionMisuseError } from '../errors.ts';

/** Where the two databases differ in what a comment is. */
export type CommentRules = 'postgres' | 'sqlite';

/** Longer than every word that matters. */
const LONGEST_WORD = 20;

/** The words that a statement begins with, in capitals, whatever comments stand around them; '' when there is none. */
export function firstWords(sql: string, rules: CommentRules): readonly [string, string, string] {
  const words: string[] = [];
  for (let at = 0; words.length < 3; ) {
    const start = skipBlank(sql, at, rules);
    const word = /^\w*/.exec(sql.slice(start, start + LONGEST_WORD))?.[0] ?? '';
    words.push(word.toUpperCase());
    at = start + word.length;
  }
  return words as [string, string, string];
}

/** What a COPY reads from or writes to when it is the connection itself: rows that nobody would get, or give. */
const TO_CLIENT = /\b(?:FROM\s+STDIN|TO\s+STDOUT)\b/i;

/**
 * Refuses SQL that would begin or end a transaction: what comes after it would run outside of the transaction that
 * its caller believes to be in, and on PostgreSQL with the login's rights on all tenants. Savepoints are no part
 * of that. Refuses COPY over the connection, too, which takes it from everything else that is sent on it.
 *
 * @throws TransactionMisuseError
 */
export function refuseControl(sql: string, rules: CommentRules): void {
  const words = firstWords(sql, rules);
  if (words[0] === 'COPY' && TO_CLIENT.test(sql)) {
    throw new TransactionMisuseError(
      'COPY with STDIN or STDOUT wants a stream, and there is none; it was not run. Use INSERT or SELECT.',
    );
  }
  if (!isControl(words)) return;
  throw new TransactionMisuseError(
    `A transaction begins and ends with the function that is given to it; ${words[0]} was not run. Throw an error to roll back.`,
  );
}

function isControl([first, second, third]: readonly [string, string, string]): boolean {
  switch (first) {
    case 'BEGIN':
    case 'START':
    case 'COMMIT':
    case 'END':
    case 'ABORT':
      return true;
    case 'ROLLBACK':
      return second !== 'TO' && !(/^(?:WORK|TRANSACTION)$/.test(second) && third === 'TO');
    case 'PREPARE':
      return second === 'TRANSACTION';
    default:
      return false;
  }
}

/** The place behind white space, comments and empty statements. */
function skipBlank(sql: string, start: number, rules: CommentRules): number {
  let at = start;
  for (;;) {
    if (/[\s;]/.test(sql.charAt(at))) at++;
    else if (sql.startsWith('--', at)) at = endOfLine(sql, at, rules);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at, rules);
    else return at;
  }
}

/** A carriage return alone ends a line for PostgreSQL (scan.l, `newline`), and not for SQLite. */
function endOfLine(sql: string, start: number, rules: CommentRules): number {
  const end = sql.slice(start).search(rules === 'postgres' ? /[\n\r]/ : /\n/);
  return end < 0 ? sql.length : start + end;
}

/** Comments nest in PostgreSQL (manual, 4.1.5), and not in SQLite. */
function endOfComment(sql: string, start: number, rules: CommentRules): number {
  let depth = 0;
  for (const { 0: mark, index } of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    if (mark === '*/') depth--;
    else if (rules === 'postgres' || depth === 0) depth++;
    if (depth === 0) return start + index + mark.length;
  }
  return sql.length;
}
