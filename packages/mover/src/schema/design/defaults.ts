import { isWord, significantTokens, type Token } from '@vatevo/sqlite-sql';
import { quoteText } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import type { ColumnPlan, SqliteValue, TargetType } from '@vatevo/transfer/plan';
import { affinityOf, refusalOf } from '@vatevo/transfer/sqlite';
import Database from 'better-sqlite3';

export type Default = { readonly sql: string | undefined } | { readonly why: string };

const CLOCKS = ['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME'] as const;
type ClockName = (typeof CLOCKS)[number];

/** Calls of SQLite's that are one of these under another name, without space. */
const CALLS: Readonly<Record<string, ClockName>> = {
  "DATETIME('NOW')": 'CURRENT_TIMESTAMP',
  "DATE('NOW')": 'CURRENT_DATE',
  "TIME('NOW')": 'CURRENT_TIME',
  'DATETIME()': 'CURRENT_TIMESTAMP',
};

/** What a column's DEFAULT is in PostgreSQL, or why it has none there. */
export function translateDefault(text: string | undefined, declaredType: string, type: TargetType): Default {
  if (text === undefined) return { sql: undefined };
  const tokens = withoutBrackets(significantTokens(text));
  const upper = tokens
    .map((token) => token.text)
    .join('')
    .toUpperCase();
  if (upper === 'NULL') return { sql: undefined };
  const now = CALLS[upper] ?? CLOCKS.find((name) => name === upper);
  if (now !== undefined) {
    const sql = columnType(type).traits.clock[now];
    return sql === undefined ? { why: `no ${type.sql}` } : { sql };
  }
  if (!isLiteral(tokens)) return { why: 'an expression that only SQLite is sure to know' };
  return literal(storedDefault(text, declaredType), type);
}

function withoutBrackets(tokens: readonly Token[]): readonly Token[] {
  let inside = tokens;
  while (inside[0]?.text === '(' && inside.at(-1)?.text === ')') inside = inside.slice(1, -1);
  return inside;
}

function isLiteral(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (tokens.length === 2) return (first?.text === '-' || first?.text === '+') && second?.kind === 'number';
  if (tokens.length !== 1 || first === undefined) return false;
  return first.kind !== 'word' || isWord(first, 'TRUE', 'FALSE');
}

/** What SQLite stores for it, which the column's affinity has a say in; a declared type may be any text. */
function storedDefault(text: string, declaredType: string): SqliteValue {
  const db = new Database(':memory:');
  try {
    db.exec(`CREATE TABLE t (c ${affinityOf(declaredType)} DEFAULT ${text}); INSERT INTO t DEFAULT VALUES`);
    return db.prepare('SELECT c FROM t').pluck().safeIntegers().get() as SqliteValue;
  } finally {
    db.close();
  }
}

function literal(value: SqliteValue, type: TargetType): Default {
  if (value === null) return { sql: undefined };
  const plan: ColumnPlan = {
    target: '',
    type,
    notNull: false,
    generated: false,
    from: { column: '' },
    secret: false,
  };
  const why = refusalOf(plan)(value);
  if (why !== undefined) return { why };
  if (value instanceof Uint8Array) return { sql: `'\\x${Buffer.from(value).toString('hex')}'` };
  const { family } = columnType(type).traits;
  if (family === 'boolean' && typeof value === 'bigint') return { sql: value === 1n ? 'true' : 'false' };
  if (typeof value === 'string') return { sql: quoteText(value) };
  const number = Object.is(value, -0) ? '-0.0' : `${value}`;
  // Infinity is no number that can be written out; JSON is a text.
  return { sql: family === 'json' || !/^-?[\d.]/.test(number) ? quoteText(number) : number };
}
