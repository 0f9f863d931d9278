import { createHash } from 'node:crypto';
import { RowText, SEPARATOR } from '../../../column-types/canonical/row-text.ts';
import type { WriteText } from '../../../column-types/canonical/types.ts';
import { columnType } from '../../../column-types/registry.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../../../plan/types.ts';
import { canonicalForm, decisionOf, LargeText, type ReadValue } from './canonical.ts';

type Row = readonly ReadValue[];

/** UTF-16 units from which on a value is hashed where it lies and not copied into the row's text. */
const LARGE = 1 << 20;
/** U+0000 cannot stand in any text of PostgreSQL. */
const IMPOSSIBLE_NULL = '\0null';
const SEPARATOR_TEXT = String.fromCharCode(SEPARATOR);

/** Digests source rows as the server must digest the target's. */
export class RowDigester {
  /** Of the texts that were digested. */
  bytes = 0;
  readonly #columns: readonly ColumnPlan[];
  readonly #text: RowText;
  readonly #writers: readonly WriteText[];

  constructor({ columns }: TablePlan) {
    this.#columns = columns;
    this.#text = new RowText(columns.filter(isOpen).length, columns.some(isNeverNull));
    this.#writers = columns.map((column) => columnWriter(column, this.#text));
  }

  /** @returns 32 characters, each a byte */
  digest(row: Row): string {
    const text = this.#text;
    const writers = this.#writers;
    text.begin();
    for (let i = 0; i < writers.length; i++) {
      const value = row[i] as SqliteValue | LargeText;
      if (typeof value !== 'bigint' && isLarge(value)) return this.#digestLarge(row);
      (writers[i] as WriteText)(value);
    }
    const digest = text.digest();
    this.bytes += text.size;
    return digest;
  }

  /** The same, value by value: the row's text is never in memory. */
  #digestLarge(row: Row): string {
    const hash = createHash('sha256');
    const columns = this.#columns;
    const parts = columns.map((column, i) => partOf(column, row[i] ?? null));
    const lengths = parts.filter((_, i) => isOpen(columns[i] as ColumnPlan)).map(lengthOf);
    const counted = columns.some(isNeverNull) ? [0] : [];
    for (const part of [...counted, ...lengths]) hash.update(`${part}${SEPARATOR_TEXT}`);
    const take = (bytes: string | Uint8Array) => {
      hash.update(bytes);
      this.bytes += Buffer.byteLength(bytes);
    };
    for (const [i, part] of parts.entries()) {
      if (i > 0) hash.update(SEPARATOR_TEXT);
      const printed = typeof part === 'function' ? part() : part;
      if (printed !== null) take(printed);
    }
    return hash.digest('binary');
  }
}

/** What is digested of a value: its text or the bytes of it; null for NULL. */
type Printed = string | Uint8Array | null;
/** The same, or how it is come by: two large documents must not be printed at once. */
type Part = Printed | (() => Printed);

function partOf(column: ColumnPlan, value: ReadValue): Part {
  if (!isLarge(value) || column.maxRead !== undefined) return digestForm(column)(value);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value.bytes;
  const { printLarge } = columnType(column.type).canonical;
  const print = () => {
    const printed = column.derive || column.decision ? undefined : printLarge?.(bytes);
    return printed ?? digestForm(column)(bytes.toString('utf8'));
  };
  // The lengths of open forms stand in front of all values.
  return isOpen(column) ? print() : print;
}

function isLarge(value: ReadValue): value is string | LargeText {
  return typeof value === 'string' ? value.length >= LARGE : value instanceof LargeText;
}

function isNeverNull({ notNull }: ColumnPlan): boolean {
  return notNull;
}

function lengthOf(part: Part): number {
  if (typeof part === 'function') throw new Error('only an open form has a length');
  return part === null ? -1 : Buffer.byteLength(part);
}

function isOpen({ type, maxRead }: ColumnPlan): boolean {
  return maxRead === undefined && columnType(type).traits.isOpen(type);
}

/**
 * The canonical form, or what the type digests instead of it; and something that no target can hold for a NULL where
 * none can be.
 */
function digestForm(column: ColumnPlan): (stored: ReadValue) => string | null {
  const canonical = canonicalForm(column);
  const form = column.notNull ? (stored: ReadValue) => canonical(stored) ?? IMPOSSIBLE_NULL : canonical;
  const { digest } = columnType(column.type).canonical;
  if (digest === undefined || column.maxRead !== undefined) return form;
  const decide = decisionOf(column);
  return (value) => {
    const stored = value as SqliteValue;
    const held = decide === undefined || stored === null ? stored : decide(stored);
    return (held === null ? undefined : digest(held)) ?? form(stored);
  };
}

/** What is common is written straight from the stored value; the canonical form has the word on the rest. */
function columnWriter(column: ColumnPlan, text: RowText): WriteText {
  const open = isOpen(column);
  const form = digestForm(column);
  const others: WriteText = (stored) => {
    const printed = form(stored);
    if (printed === null) text.null(open);
    else text.value(printed, open);
  };
  const { writer } = columnType(column.type).canonical;
  const isSpecial = column.derive ?? column.decision ?? column.maxRead;
  return isSpecial !== undefined || writer === undefined ? others : writer(column, text, others);
}
