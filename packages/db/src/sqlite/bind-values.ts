import type { SqlQuery } from '@prisma/driver-adapter-utils';
import { canonicalDecimal } from '../exact/decimal.ts';
import { canonicalTimestamp } from '../exact/timestamp.ts';
import { Prisma } from '../generated/sqlite/client.ts';

/**
 * Rewrites the arguments of a query so that amounts and date-times are stored
 * as the texts our SQLite format has for them.
 *
 * Left alone, `@prisma/adapter-better-sqlite3` binds a decimal as a JavaScript
 * number, which keeps some 15 digits and no scale, and a date-time with three
 * digits of a second and `+00:00`, so that texts would no longer sort as
 * instants do. Handed over as strings, it binds both as they are; the columns
 * are declared so that SQLite keeps them (see schema/correct-sqlite-ddl.ts).
 */
export function bindAsOurText(query: SqlQuery): SqlQuery {
  if (!query.argTypes.some(({ scalarType }) => scalarType === 'decimal' || scalarType === 'datetime')) {
    return query;
  }
  const argTypes = [...query.argTypes];
  const args = query.args.map((arg, index) => {
    const type = query.argTypes[index];
    if (arg === null || type === undefined) return arg;
    if (type.scalarType !== 'decimal' && type.scalarType !== 'datetime') return arg;
    argTypes[index] = { ...type, scalarType: 'string' };
    return type.scalarType === 'decimal' ? decimalText(arg) : canonicalTimestamp(arg as string | Date);
  });
  return { ...query, args, argTypes };
}

function decimalText(arg: unknown): string {
  // Plain digits keep their scale; only 1e21 and the like have to be written out.
  const text = String(arg);
  return canonicalDecimal(/e/i.test(text) ? new Prisma.Decimal(text).toFixed() : text);
}
