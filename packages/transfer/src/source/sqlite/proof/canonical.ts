import { createHash } from 'node:crypto';
import { hex } from '../../../column-types/canonical/hex.ts';
import { columnType } from '../../../column-types/registry.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { derived } from '../../../derivation/canonical.ts';
import { decided } from '../../../derivation/canonical-decision.ts';
import type { ColumnPlan } from '../../../plan/types.ts';
import { jsonbReader } from '../jsonb.ts';

/** A text that is too large to be decoded: its bytes, which are UTF-8. */
export class LargeText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** A value that the driver does not read: its SHA-256. */
export class HashedValue {
  readonly storageClass: 'text' | 'blob';
  /** In hex. */
  readonly digest: string;

  constructor(storageClass: HashedValue['storageClass'], digest: string) {
    this.storageClass = storageClass;
    this.digest = digest;
  }
}

/** A value of a source row as it is read. */
export type ReadValue = SqliteValue | LargeText | HashedValue;

/**
 * The function that gives the form which the target's own text output must have for a column's source
 * values (see digest-sql.ts for the other side); NULL is null. A value that has no such form becomes a text
 * that no target value can equal.
 */
export function canonicalForm(column: ColumnPlan): (stored: ReadValue) => string | null {
  if (column.maxRead !== undefined) return hashedForm(column);
  const print = columnType(column.type).canonical.print(column);
  const { derive, whenNull = null } = column;
  const decide = decisionOf(column);
  return (value) => {
    const stored = value as SqliteValue;
    const held = decide === undefined || stored === null ? stored : decide(stored);
    const present = held ?? whenNull;
    if (present === null) return null;
    const form = derive && held !== null && typeof present === 'string' ? derived(derive, present) : present;
    return print(form) ?? impossible(form);
  };
}

/** The SHA-256 of each value of a column in which some are too large to be read (see {@link ColumnPlan.maxRead}). */
function hashedForm({ type }: ColumnPlan): (stored: ReadValue) => string | null {
  const held = columnType(type).traits.keepsText ? 'text' : 'blob';
  return (stored) => {
    if (stored === null) return null;
    if (stored instanceof HashedValue)
      return stored.storageClass === held ? stored.digest : impossible(stored.digest);
    const isText = typeof stored === 'string' || stored instanceof LargeText;
    if (!isText && !(stored instanceof Uint8Array)) return impossible(stored);
    const digest = createHash('sha256')
      .update(stored instanceof LargeText ? stored.bytes : stored)
      .digest('hex');
    return isText === (held === 'text') ? digest : impossible(digest);
  };
}

/** What was decided makes of a column's values; undefined when nothing was. */
export function decisionOf({
  decision,
  type: { fractionDigits = 6 },
}: ColumnPlan): ((stored: Exclude<SqliteValue, null>) => SqliteValue) | undefined {
  if (decision === undefined) return undefined;
  const readJsonb = jsonbReader();
  return (stored) => decided(stored, decision, fractionDigits, readJsonb);
}

/** U+0000 cannot stand in any text of PostgreSQL. */
function impossible(value: Exclude<SqliteValue, null>): string {
  return `\0${typeof value}:${value instanceof Uint8Array ? hex(value) : value}`;
}
