import { isSqlState, isSqlStateOf } from '@vatevo/connection';
import type { TablePlan } from '../../plan/types.ts';

/** SQLSTATEs whose detail names the values of a key; that of other rules shows a whole row, secrets included. */
const NAMES_A_KEY = ['foreign_key_violation', 'unique_violation', 'exclusion_violation'] as const;
const KEY =
  /^Key \((?<columns>.*?)\)=\(.*\)(?<rest> (?:already exists|is duplicated|is not present|is still).*)?/s;

/**
 * Which rule of the target the data breaks, in words that may be shown; undefined when that is not what an
 * error says.
 */
export function brokenRule(error: unknown, tables: readonly TablePlan[]): string | undefined {
  const {
    code = '',
    message,
    detail,
    table,
  } = error as {
    code?: string;
    message: string;
    detail?: string;
    table?: string;
  };
  // Class 23: the data breaks a constraint; 54: a value is too long for the index; 22 and P0001: what an index
  // compares cannot be computed for a value, which the message may name.
  if (isSqlStateOf(error, 'data_exception') || isSqlState(error, 'raise_exception')) {
    return tables.some(({ columns }) => columns.some(({ secret }) => secret)) ? `SQLSTATE ${code}` : message;
  }
  if (!isSqlStateOf(error, 'integrity_constraint_violation', 'program_limit_exceeded')) return undefined;
  if (detail === undefined || !isSqlState(error, ...NAMES_A_KEY)) return message;
  const secret = tables
    .filter(({ target }) => table === undefined || target.name === table)
    .flatMap(({ columns }) => columns.filter((column) => column.secret).map((column) => column.target));
  const found = KEY.exec(detail);
  if (found === null) return secret.length > 0 ? message : detail;
  const { columns = '', rest = '' } = found.groups ?? {};
  return secret.some((name) => columns.includes(name)) ? `Key (${columns})=(hidden)${rest}` : detail;
}
