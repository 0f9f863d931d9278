import { significantTokens } from '@vatevo/sqlite-sql';
import { type ExpressionColumn, NotSure, type Translation } from './node.ts';
import { Parser } from './parser.ts';

/**
 * An expression of SQLite's in the SQL of PostgreSQL; undefined unless both are sure to make the same of every row.
 * So patterns and divisors are written out (SQLite divides by zero, and makes NULL of it), and no number is compared with a
 * text.
 */
export function translate(sql: string, columns: readonly ExpressionColumn[]): Translation | undefined {
  const parser = new Parser(significantTokens(sql), columns);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof NotSure) return undefined;
    throw error;
  }
}
