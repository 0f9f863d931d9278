import { UnsupportedOnSqliteError } from '../errors.ts';
import { COLUMNS } from '../generated/columns.ts';

/** The fields of a type, in whichever model they are. */
function fieldsOf(type: string): ReadonlySet<string> {
  const models: readonly Readonly<Record<string, { readonly type: string }>>[] = Object.values(COLUMNS);
  const fields = models.flatMap((model) => Object.entries(model));
  return new Set(fields.filter(([, field]) => field.type === type).map(([name]) => name));
}

/** The fields stored as decimal text in SQLite. */
const MONEY_FIELDS = fieldsOf('Decimal');

/** Free-form contents, where `subtotal` may be anybody's key. */
const JSON_FIELDS = fieldsOf('Json');

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

/**
 * Refuses what SQLite would answer wrongly about amounts.
 *
 * They are text there, which keeps every digit and the scale but compares as
 * text does ('9' > '10'), and arithmetic on it goes through floating point.
 * PostgreSQL has exact numerics; a developer on SQLite shall see at once that
 * a query works on PostgreSQL only, not get another answer.
 *
 * @throws {UnsupportedOnSqliteError}
 */
export function refuseInexact(args: unknown): void {
  visit(args, false);
}

function visit(node: unknown, computing: boolean): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, computing);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof Date) return;
  for (const [key, value] of Object.entries(node)) {
    if (MONEY_FIELDS.has(key)) {
      if (computing) throw refusal(key, 'compare, order or sum by');
      if (isArithmetic(value)) throw refusal(key, 'do arithmetic on');
    } else if (!JSON_FIELDS.has(key)) {
      visit(value, computing || COMPUTING.has(key));
    }
  }
}

function isArithmetic(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['increment', 'decrement', 'multiply', 'divide'].some((operation) => operation in value)
  );
}

function refusal(field: string, operation: string): UnsupportedOnSqliteError {
  return new UnsupportedOnSqliteError(
    `SQLite cannot ${operation} "${field}" exactly: amounts are stored there as text. ` +
      'Do it in TypeScript with Prisma.Decimal on the rows you read, or set POSTGRES_URL and use PostgreSQL.',
  );
}
