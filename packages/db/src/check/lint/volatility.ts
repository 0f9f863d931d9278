import type { Node } from 'libpg-query';
import { nodesIn } from './schema/expression.ts';
import { lastName } from './schema/names.ts';

/**
 * Functions that give one value for a whole statement: a default made of them
 * is computed once. Any other function counts as volatile.
 */
export const STEADY_FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'array_fill',
  'btrim',
  'char_length',
  'concat',
  'concat_ws',
  'current_setting',
  'date_part',
  'date_trunc',
  'format',
  'json_build_array',
  'json_build_object',
  'jsonb_build_array',
  'jsonb_build_object',
  'left',
  'length',
  'lower',
  'lpad',
  'make_date',
  'make_interval',
  'make_timestamptz',
  'md5',
  'now',
  'repeat',
  'replace',
  'round',
  'sha256',
  'statement_timestamp',
  'timezone',
  'to_char',
  'to_date',
  'to_timestamp',
  'transaction_timestamp',
  'upper',
]);

/** True unless an expression has the same value for every row. */
export function isVolatile(expression: Node): boolean {
  return [...nodesIn(expression)].some((node) => {
    if (!('FuncCall' in node)) return false;
    const { funcname } = (node as Extract<Node, { FuncCall: unknown }>).FuncCall;
    return !STEADY_FUNCTIONS.has(lastName(funcname));
  });
}
