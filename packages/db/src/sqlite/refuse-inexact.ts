import { UnsupportedOnSqliteError } from '../errors.ts';
import { fieldsOf } from '../fields-of.ts';
import { Prisma } from '../generated/sqlite/client.ts';

/** The fields stored as decimal text in SQLite. */
const MONEY_FIELDS = fieldsOf('Decimal');

/** Free-form contents, where `subtotal` may be anybody's key. */
const JSON_FIELDS = fieldsOf('Json');

const ENUM_FIELDS = fieldsOf('Enum');

/** Arguments under which a field is compared, ordered or summed by the database. */
const COMPUTING: ReadonlySet<string> = new Set([
  'where',
  'orderBy',
  'having',
  'cursor',
  '_sum',
  '_avg',
  '_min',
  '_max',
]);

/** Those under which it is ordered. */
const ORDERING: ReadonlySet<string> = new Set(['orderBy', '_min', '_max']);

/** What can be said of JSON but by its contents: that there is none. */
const NULLS: readonly unknown[] = [Prisma.DbNull, Prisma.JsonNull, Prisma.AnyNull];

/** What the database is about to do with the fields that are named. */
interface Use {
  readonly computing: boolean;
  readonly ordering: boolean;
}

/**
 * Refuses what SQLite would answer wrongly, or otherwise than PostgreSQL.
 *
 * Amounts are text there, which keeps every digit and the scale but compares as text does ('9' > '10'), and arithmetic on
 * it goes through floating point. JSON is text, too, and equal only in the same order of keys. An enum is ordered by its
 * letters, and not as it was declared. PostgreSQL does all of it right: a developer on SQLite shall see at once that a
 * query works there only, not get another answer.
 *
 * @throws {UnsupportedOnSqliteError}
 */
export function refuseInexact(args: unknown): void {
  visit(args, { computing: false, ordering: false });
}

function visit(node: unknown, use: Use): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, use);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof Date) return;
  for (const [key, value] of Object.entries(node)) {
    if (MONEY_FIELDS.has(key)) refuseAmount(key, value, use);
    else if (JSON_FIELDS.has(key)) refuseJson(key, value, use);
    else if (ENUM_FIELDS.has(key) && use.ordering) throw unordered(key);
    else {
      visit(value, {
        computing: use.computing || COMPUTING.has(key),
        ordering: use.ordering || ORDERING.has(key),
      });
    }
  }
}

function refuseAmount(field: string, value: unknown, { computing }: Use): void {
  if (computing) throw inexact(field, 'compare, order or sum by');
  if (isArithmetic(value)) throw inexact(field, 'do arithmetic on');
}

function refuseJson(field: string, value: unknown, { computing }: Use): void {
  if (!computing || value === undefined || asksForNull(value)) return;
  throw new UnsupportedOnSqliteError(
    `SQLite cannot compare or order by "${field}" as PostgreSQL does: JSON is stored there as text. ` +
      'Do it in TypeScript on the rows you read, or set POSTGRES_URL and use PostgreSQL.',
  );
}

function asksForNull(value: unknown): boolean {
  if (NULLS.includes(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const asked = Object.values(value);
  return asked.length > 0 && asked.every((each) => NULLS.includes(each));
}

function isArithmetic(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['increment', 'decrement', 'multiply', 'divide'].some((operation) => operation in value)
  );
}

function inexact(field: string, operation: string): UnsupportedOnSqliteError {
  return new UnsupportedOnSqliteError(
    `SQLite cannot ${operation} "${field}" exactly: amounts are stored there as text. ` +
      'Do it in TypeScript with Prisma.Decimal on the rows you read, or set POSTGRES_URL and use PostgreSQL.',
  );
}

function unordered(field: string): UnsupportedOnSqliteError {
  return new UnsupportedOnSqliteError(
    `SQLite cannot order by "${field}" as it was declared: enums are stored there as text. ` +
      'Order the rows you read in TypeScript, or set POSTGRES_URL and use PostgreSQL.',
  );
}
