import type { Violation } from '../invoice-rules/check.ts';
import { ruleOf } from '../invoice-rules/table.ts';

/** A violation as every answer shows it. */
export interface ViolationResponse {
  readonly rule: string;
  readonly severity: 'fatal' | 'warning';
  readonly location: string;
  readonly message: string;
}

export function violationResponse({ rule, location }: Violation): ViolationResponse {
  return { rule: rule.id, severity: rule.severity, location, message: rule.message };
}

/** What is kept of a violation: severity and message are the table's. */
interface Kept {
  readonly rule: string;
  readonly location: string;
}

function isKept(value: unknown): value is Kept {
  const { rule, location } = (value ?? {}) as Partial<Kept>;
  return typeof rule === 'string' && typeof location === 'string';
}

export function keptViolations(violations: readonly Violation[]): { rule: string; location: string }[] {
  return violations.map(({ rule, location }) => ({ rule: rule.id, location }));
}

/** Violations as they are kept in the database, JSON text; null when there are none that can be read. */
export function readViolations(text: string | null): ViolationResponse[] | null {
  if (text === null) return null;
  const kept = parseOrUndefined(text);
  if (!Array.isArray(kept) || !kept.every(isKept)) return null;
  return kept.map(({ rule: id, location }) => {
    const rule = ruleOf(id);
    // Another release may have had a rule that this one has not.
    return rule
      ? violationResponse({ rule, location })
      : { rule: id, severity: 'warning', location, message: 'A rule that this release does not know' };
  });
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
