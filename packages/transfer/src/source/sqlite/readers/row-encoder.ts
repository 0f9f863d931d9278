import type { Database, Statement } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import { storageClass } from '../../../column-types/encode/storage-class.ts';
import type { Encode, Refusal } from '../../../column-types/encode/types.ts';
import { columnType } from '../../../column-types/registry.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { deriver } from '../../../derivation/encode.ts';
import { converter, isLoss } from '../../../derivation/encode-decision.ts';
import type { Alteration, RefusedValue } from '../../../plan/rows.ts';
import { showKey, showValue } from '../../../plan/show.ts';
import { type ColumnPlan, sourceName, type TablePlan } from '../../../plan/types.ts';
import { quoteName } from '../../../quote.ts';
import type { RowRange } from '../../source.ts';
import { jsonbReader } from '../jsonb.ts';
import { keyExpressions, selectRange, sourceExpression } from '../source-sql.ts';

interface ColumnEncoder {
  readonly plan: ColumnPlan;
  readonly encode: Encode;
  readonly derive: ((text: string) => string) | undefined;
  /** What a decision makes of a value. */
  readonly convert: ReturnType<typeof converter>;
  readonly replacement: string | bigint | undefined;
  /** Only these columns take text as it is, so only there can broken UTF-8 slip through. */
  readonly carriesText: boolean;
}

/** Where rows are read. */
export interface Rows {
  readonly db: Database;
}

const REPLACEMENT_CHARACTER = '\uFFFD';

/** Turns rows of one source table into rows of binary COPY. */
export class RowEncoder {
  readonly refusals: RefusedValue[] = [];
  readonly alterations: Alteration[] = [];
  readonly #rows: Rows;
  readonly #table: TablePlan;
  readonly #columns: readonly ColumnEncoder[];
  /** Leading values of a row that locate it: the rowid, or the key where there is none. */
  readonly #locators: number;
  #byRowid: Statement | undefined;

  /** @param inspected whether these very rows have passed a check before */
  constructor(rows: Rows, table: TablePlan, inspected: boolean) {
    this.#rows = rows;
    this.#table = table;
    this.#columns = table.columns
      .filter((column) => !column.generated)
      .map((column) => columnEncoder(column, inspected));
    this.#locators = table.rowid === undefined ? table.key.length : 1;
  }

  get columns(): readonly ColumnPlan[] {
    return this.#columns.map((column) => column.plan);
  }

  /** Where a column's value stands in a row that {@link select} yields. */
  get firstValue(): number {
    return this.#locators;
  }

  /** The rows of a range, each an array of locators and column values. */
  select(range: RowRange): IterableIterator<SqliteValue[]> {
    return selectRange(this.#rows.db, range, this.#selected());
  }

  /** One row as {@link select} yields it, where rows are found by rowid. */
  row(rowid: number): SqliteValue[] {
    this.#byRowid ??= this.#find(this.#selected()).raw();
    return this.#byRowid.get(BigInt(rowid)) as SqliteValue[];
  }

  /** Refuses a row with a value that is not read through SQLite. */
  refuseUnread(rowid: number, column: ColumnPlan, reason: string): void {
    const key = this.#describeKey([BigInt(rowid)]);
    this.refusals.push({
      table: this.#table.source,
      key,
      column: sourceName(column),
      reason,
      value: '(large)',
    });
  }

  /** Writes one row; when any value is refused, the writer is left as it was and the refusals are kept. */
  encode(row: readonly SqliteValue[], out: CopyWriter): boolean {
    const columns = this.#columns;
    const start = out.position;
    let accepted = true;
    out.int16(columns.length);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as ColumnEncoder;
      const value = row[this.#locators + i] as SqliteValue;
      const refusal =
        value === null ? this.#encodeNull(column, row, out) : this.#encodeValue(column, value, row, out);
      if (refusal !== undefined) {
        accepted = false;
        this.#refuse(column, value, refusal, row);
      }
    }
    if (!accepted) out.position = start;
    return accepted;
  }

  #selected(): string {
    const table = this.#table;
    const locators = table.rowid === undefined ? keyExpressions(table) : [`t.${quoteName(table.rowid)}`];
    return [...locators, ...this.#columns.map((column) => sourceExpression(column.plan))].join(', ');
  }

  #encodeValue(
    column: ColumnEncoder,
    value: Exclude<SqliteValue, null>,
    row: readonly SqliteValue[],
    out: CopyWriter,
  ): Refusal {
    if (column.carriesText && typeof value === 'string' && value.includes(REPLACEMENT_CHARACTER)) {
      if (!this.#isValidUtf8(column, row)) return 'bytes that are not UTF-8';
    }
    if (column.convert !== undefined)
      return this.#encodeConverted(column, column.convert(value), value, row, out);
    if (column.derive === undefined) return column.encode(value, out);
    if (typeof value !== 'string') return `${storageClass(value)} value where text is needed`;
    return column.encode(column.derive(value), out);
  }

  #encodeConverted(
    column: ColumnEncoder,
    converted: SqliteValue,
    value: Exclude<SqliteValue, null>,
    row: readonly SqliteValue[],
    out: CopyWriter,
  ): Refusal {
    if (isLoss(column.plan.decision ?? {}, value, converted)) {
      const show = (shown: SqliteValue) => (column.plan.secret ? '(hidden)' : showValue(shown));
      this.alterations.push({
        table: this.#table.target.name,
        key: this.#describeKey(row),
        column: column.plan.target,
        before: show(value),
        after: show(converted),
      });
    }
    return converted === null ? this.#encodeNull(column, row, out) : column.encode(converted, out);
  }

  #encodeNull(column: ColumnEncoder, row: readonly SqliteValue[], out: CopyWriter): Refusal {
    const { plan, replacement } = column;
    if (replacement !== undefined) {
      this.alterations.push({
        table: this.#table.target.name,
        key: this.#describeKey(row),
        column: plan.target,
        before: 'NULL',
        after: String(replacement),
      });
      return column.encode(replacement, out);
    }
    if (plan.notNull) {
      if ('column' in plan.from) return 'NULL in a column that must not be NULL';
      const { column: local, table, key } = plan.from.through;
      return `${local} points to no row of ${table} (${key})`;
    }
    out.null();
    return undefined;
  }

  #refuse(column: ColumnEncoder, value: SqliteValue, reason: string, row: readonly SqliteValue[]): void {
    this.refusals.push({
      table: this.#table.source,
      key: this.#describeKey(row),
      column: sourceName(column.plan),
      reason,
      value: column.plan.secret ? '(hidden)' : showValue(this.#refused(column.plan, value, row)),
    });
  }

  /** Of a value that was to come through another row and did not: what points there. */
  #refused({ from }: ColumnPlan, value: SqliteValue, row: readonly SqliteValue[]): SqliteValue {
    if ('column' in from || value !== null) return value;
    const pointer = this.#find(`t.${quoteName(from.through.column)}`);
    return (pointer.pluck().get(...row.slice(0, this.#locators)) ?? null) as SqliteValue;
  }

  /**
   * The driver decodes text leniently: bytes that are no UTF-8 arrive as U+FFFD. Where one is met, the
   * stored bytes tell whether it was written or made up.
   */
  #isValidUtf8(column: ColumnEncoder, row: readonly SqliteValue[]): boolean {
    const statement = this.#find(`CAST(${sourceExpression(column.plan)} AS BLOB)`);
    const bytes = statement.pluck().get(...row.slice(0, this.#locators));
    if (!(bytes instanceof Uint8Array)) return false;
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  }

  #describeKey(row: readonly SqliteValue[]): string {
    const { key } = this.#table;
    const values =
      this.#locators === key.length && this.#table.rowid === undefined
        ? row.slice(0, this.#locators)
        : (this.#find(keyExpressions(this.#table).join(', ')).raw().get(row[0]) as SqliteValue[]);
    return showKey(this.#table, values);
  }

  #find(expression: string): Statement {
    const { rowid, key, source } = this.#table;
    const names = rowid === undefined ? key : [rowid];
    const where = names.map((name) => `t.${quoteName(name)} IS ?`).join(' AND ');
    return this.#rows.db.prepare(`SELECT ${expression} FROM ${quoteName(source)} t WHERE ${where}`);
  }
}

/** What writes a column's values, or says why the target cannot hold them. */
export function encoderOf(plan: ColumnPlan): Encode {
  const encode = typeEncoder(plan, false);
  const convert = converterOf(plan);
  if (convert === undefined) return encode;
  return (value, out) => {
    const converted = convert(value);
    return converted === null ? 'nothing that tells rows apart' : encode(converted, out);
  };
}

/** Tells why a value cannot be carried; undefined when it can. What is decided to be NULL can. */
export function refusalOf(plan: ColumnPlan): (value: Exclude<SqliteValue, null>) => Refusal {
  const encode = typeEncoder(plan, false);
  const convert = converterOf(plan);
  const out = new CopyWriter(1024);
  return (value) => {
    const converted = convert === undefined ? value : convert(value);
    out.position = 0;
    return converted === null ? undefined : encode(converted, out);
  };
}

function typeEncoder({ type, numericTimes, zone }: ColumnPlan, inspected: boolean): Encode {
  return columnType(type).encode(type, { inspected, numericTimes, zone });
}

function converterOf({ decision, type }: ColumnPlan): ReturnType<typeof converter> {
  return (
    decision && converter(decision, { fractionDigits: type.fractionDigits ?? 6, readJsonb: jsonbReader() })
  );
}

function columnEncoder(plan: ColumnPlan, inspected: boolean): ColumnEncoder {
  return {
    plan,
    encode: typeEncoder(plan, inspected),
    derive: plan.derive && deriver(plan.derive),
    convert: converterOf(plan),
    replacement: plan.whenNull,
    carriesText:
      columnType(plan.type).traits.keepsText || plan.derive !== undefined || plan.decision !== undefined,
  };
}
