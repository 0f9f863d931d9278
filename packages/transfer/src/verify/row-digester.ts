import { createHash } from 'node:crypto';
import { RowText, SEPARATOR } from '../column-types/canonical/row-text.ts';
import { printLargeJson, writeJson } from '../column-types/json/canonical-write.ts';
import { writeTimestamp } from '../column-types/timestamp/canonical-write.ts';
import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import { canonicalForm, LargeText, type Stored } from './canonical.ts';
import { isOpen } from './digest-form.ts';

type Row = readonly (Stored | LargeText)[];
type Write = (stored: Stored) => void;

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
  readonly #writers: readonly Write[];

  constructor({ columns }: TablePlan) {
    this.#columns = columns;
    this.#text = new RowText(columns.filter(({ type }) => isOpen(type)).length, columns.some(isNeverNull));
    this.#writers = columns.map((column) => columnWriter(column, this.#text));
  }

  /** @returns 32 characters, each a byte */
  digest(row: Row): string {
    if (row.some(isLarge)) return this.#digestLarge(row);
    const text = this.#text;
    const writers = this.#writers;
    text.begin();
    for (let i = 0; i < writers.length; i++) (writers[i] as Write)(row[i] as Stored);
    const digest = text.digest();
    this.bytes += text.size;
    return digest;
  }

  /** The same, value by value: the row's text is never in memory. */
  #digestLarge(row: Row): string {
    const hash = createHash('sha256');
    const columns = this.#columns;
    const parts = columns.map((column, i) => partOf(column, row[i] ?? null));
    const lengths = parts.filter((_, i) => isOpen((columns[i] as ColumnPlan).type)).map(lengthOf);
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

/** Types that the server prints as they were stored. */
const PRINTED_AS_STORED = new Set(['text', 'varchar', 'bpchar', 'json']);

function partOf(column: ColumnPlan, value: Stored | LargeText): Part {
  if (!isLarge(value)) return digestForm(column)(value);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value.bytes;
  const decoded = () => digestForm(column)(bytes.toString('utf8'));
  if (column.derive) return decoded();
  if (PRINTED_AS_STORED.has(column.type.name)) return bytes;
  return column.type.name === 'jsonb' ? () => printLargeJson(bytes) ?? decoded() : decoded();
}

function isLarge(value: Stored | LargeText): value is string | LargeText {
  return (typeof value === 'string' && value.length >= LARGE) || value instanceof LargeText;
}

function isNeverNull({ notNull }: ColumnPlan): boolean {
  return notNull;
}

function lengthOf(part: Part): number {
  if (typeof part === 'function') throw new Error('a JSON document has no length of its own');
  return part === null ? -1 : Buffer.byteLength(part);
}

/**
 * The canonical form, but bytes as the digest that the server makes of them too, and something that no target
 * can hold for a NULL where none can be.
 */
function digestForm(column: ColumnPlan): (stored: Stored) => string | null {
  const canonical = canonicalForm(column);
  const form = column.notNull ? (stored: Stored) => canonical(stored) ?? IMPOSSIBLE_NULL : canonical;
  if (column.type.name !== 'bytea') return form;
  return (stored) =>
    stored instanceof Uint8Array ? createHash('sha256').update(stored).digest('hex') : form(stored);
}

/** What is common is written straight from the stored value; the canonical form has the word on the rest. */
function columnWriter(column: ColumnPlan, text: RowText): Write {
  const open = isOpen(column.type);
  const form = digestForm(column);
  const others: Write = (stored) => {
    const printed = form(stored);
    if (printed === null) text.null(open);
    else text.value(printed, open);
  };
  if (column.derive) return others;
  switch (column.type.name) {
    case 'int2':
    case 'int4':
    case 'int8':
      return (stored) => {
        const number = typeof stored === 'bigint' ? Number(stored) : Number.NaN;
        if (Number.isSafeInteger(number)) text.integer(number);
        else others(stored);
      };
    case 'jsonb':
      return (stored) => {
        if (typeof stored === 'string' && writeJson(stored, text)) text.end();
        else others(stored);
      };
    case 'timestamp':
    case 'timestamptz': {
      if (column.zone !== undefined) return others;
      const withZone = column.type.name === 'timestamptz';
      return (stored) => {
        if (typeof stored === 'string' && writeTimestamp(stored, withZone, text)) text.end();
        else others(stored);
      };
    }
    default:
      return others;
  }
}
