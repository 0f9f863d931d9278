/**
 * Puts right what Prisma's schema engine writes into a SQLite migration and
 * cannot be told to write otherwise. For the SQL of `migrate diff --script`, before
 * it is applied or committed.
 *
 * 1. `DECIMAL` becomes `DECIMAL_TEXT`. SQLite derives a column's affinity from
 *    the declared type (https://sqlite.org/datatype3.html#determination_of_column_affinity):
 *    DECIMAL has numeric affinity, which turns '100.00' into 100 and keeps 15
 *    digits; a type that contains TEXT keeps what was written. Prisma describes
 *    both as `Decimal`, so the difference is no drift to it.
 * 2. A default `(strftime(…))` gets a second pair of parentheses. SQLite needs
 *    one pair around an expression and leaves it out of the column's
 *    description, so that with one pair only, every later `migrate diff` would
 *    find the default changed and rebuild the table.
 *
 * Running it on its own result changes nothing.
 */
export function correctSqliteDdl(sql: string): string {
  return sql
    .replaceAll(/\bDECIMAL\b/g, 'DECIMAL_TEXT')
    .replaceAll(/DEFAULT (\(strftime\([^)]*\)\))(?!\))/g, 'DEFAULT ($1)');
}
