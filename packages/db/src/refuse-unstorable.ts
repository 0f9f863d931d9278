import { InvalidValueError } from './errors.ts';
import { fieldsOf } from './fields-of.ts';

const INTS = fieldsOf('Int');
const JSON_FIELDS = fieldsOf('Json');
const NUMBERS: ReadonlySet<string> = new Set([...INTS, ...fieldsOf('Decimal'), ...fieldsOf('Float')]);

const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);
/** The first and the last instant that both databases and every answer have a text for. */
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/**
 * Refuses what one of the two databases would store as something else, or not at all, so that both refuse it: text that
 * PostgreSQL has no form for, integers that its columns do not hold, instants that are read back as nothing.
 *
 * @param args those of a call of Prisma's, on a model or with SQL
 * @throws {InvalidValueError}
 */
export function refuseUnstorable(args: unknown): void {
  visit(args, '', undefined);
}

/** @param field that the value is for, as far as a model's name for it is known */
function visit(value: unknown, name: string, field: string | undefined): void {
  if (typeof value === 'string') refuseText(value, field ?? name);
  else if (typeof value === 'number') refuseNumber(value, name, field);
  else if (value instanceof Date) refuseInstant(value, field ?? name);
  else if (Array.isArray(value)) for (const item of value) visit(item, name, field);
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) {
      const inner = (value as Readonly<Record<string, unknown>>)[key];
      if (JSON_FIELDS.has(key)) visitJson(inner, key);
      else visit(inner, key, NUMBERS.has(key) ? key : field);
    }
  }
}

/** What is in a column of JSON, where names are anybody's and numbers any. */
function visitJson(value: unknown, field: string): void {
  if (typeof value === 'string') refuseText(value, field);
  else if (value instanceof Date) refuseInstant(value, field);
  else if (Array.isArray(value)) for (const item of value) visitJson(item, field);
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) {
      refuseText(key, field);
      visitJson((value as Readonly<Record<string, unknown>>)[key], field);
    }
  }
}

function refuseText(text: string, where: string): void {
  const problem = problemOf(text);
  if (problem) {
    throw new InvalidValueError(
      `The text for "${where}" holds ${problem}, which PostgreSQL cannot store; take it out before the call.`,
    );
  }
}

/** What in a text PostgreSQL has no form for. */
function problemOf(text: string): string | undefined {
  if (text.includes('\0')) return 'a NUL character (U+0000)';
  return text.isWellFormed() ? undefined : 'half of a surrogate pair';
}

function refuseNumber(value: number, name: string, field: string | undefined): void {
  if (field === undefined || JSON_FIELDS.has(field)) return;
  if (name === 'divide' && value === 0) {
    throw new InvalidValueError(`"${field}" cannot be divided by 0.`);
  }
  if (INTS.has(field) && Number.isInteger(value) && (value > MAX_INT || value < MIN_INT)) {
    throw new InvalidValueError(`${value} for "${field}" is outside ${MIN_INT} to ${MAX_INT}.`);
  }
}

function refuseInstant(value: Date, where: string): void {
  const time = value.getTime();
  if (time < FIRST || time > LAST) {
    throw new InvalidValueError(`${value.toISOString()} for "${where}" is outside the years 0000 to 9999.`);
  }
}
