import type { Database } from 'better-sqlite3';
import { quoteText } from '../quote.ts';
import { canonicalForm, type Stored } from '../verify/canonical.ts';
import type { ColumnPlan } from './types.ts';

const FUNCTION = 'vatevo_equal_form';

/**
 * A SQL expression for a value in the form in which it is equal to another exactly when PostgreSQL holds
 * them to be equal. Only for connections that {@link registerEqualForm} has prepared.
 */
export function equalForm({ target, type, numericTimes, zone }: ColumnPlan, value: string): string {
  return `${FUNCTION}(${quoteText(JSON.stringify({ target, type, numericTimes, zone }))}, ${value})`;
}

/** Teaches a connection the function that {@link equalForm} calls. */
export function registerEqualForm(db: Database): void {
  const forms = new Map<string, (stored: Stored) => string | null>();
  const find = (text: string) => {
    const known = forms.get(text);
    if (known) return known;
    const column = JSON.parse(text) as ColumnPlan;
    const printed = canonicalForm(column);
    const form = column.type.name === 'numeric' ? (stored: Stored) => withoutScale(printed(stored)) : printed;
    forms.set(text, form);
    return form;
  };
  db.function(FUNCTION, { deterministic: true, safeIntegers: true }, (column: unknown, value: unknown) =>
    find(column as string)(value as Stored),
  );
}

/** numeric keeps the scale, and yet 1.0 equals 1.00. */
function withoutScale(text: string | null): string | null {
  return text?.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
