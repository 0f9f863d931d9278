import type { Database } from 'better-sqlite3';
import { columnType } from '../../column-types/registry.ts';
import type { SqliteValue } from '../../column-types/types.ts';
import type { ColumnPlan } from '../../plan/types.ts';
import { quoteText } from '../../quote.ts';
import { canonicalForm } from './proof/canonical.ts';

const FUNCTION = 'vatevo_equal_form';

/**
 * A SQL expression for a value in the form in which it is equal to another exactly when PostgreSQL holds
 * them to be equal. Only for connections that {@link registerEqualForm} has prepared.
 */
export function equalForm({ target, type, numericTimes, zone, decision }: ColumnPlan, value: string): string {
  return `${FUNCTION}(${quoteText(JSON.stringify({ target, type, numericTimes, zone, decision }))}, ${value})`;
}

/** Teaches a connection the function that {@link equalForm} calls. */
export function registerEqualForm(db: Database): void {
  const forms = new Map<string, (stored: SqliteValue) => string | null>();
  const find = (text: string) => {
    const known = forms.get(text);
    if (known) return known;
    const column = JSON.parse(text) as ColumnPlan;
    const printed = canonicalForm(column);
    const { equality } = columnType(column.type).traits;
    const form = (stored: SqliteValue) => {
      const text = printed(stored);
      return text === null || equality === 'as-stored' ? text : equality(text);
    };
    forms.set(text, form);
    return form;
  };
  db.function(FUNCTION, { deterministic: true, safeIntegers: true }, (column: unknown, value: unknown) =>
    find(column as string)(value as SqliteValue),
  );
}
