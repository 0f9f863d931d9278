import type { Database } from 'better-sqlite3';
import type { Forms } from '../../column-types/restore/types.ts';
import type { SqliteValue } from '../../column-types/types.ts';
import { formsOf } from '../../plan/form.ts';
import { showValue } from '../../plan/show.ts';
import type { ColumnPlan, TablePlan } from '../../plan/types.ts';
import { quoteName } from '../../quote.ts';
import { saysSecret } from '../evidence.ts';
import { decisionOf } from './proof/canonical.ts';
import { Budget } from './readers/budget.ts';
import type { InRead } from './short-reads.ts';

/** Values of a column that are of the same forms. */
export interface KindOfForm {
  /** None where they are of no form that could be written. */
  readonly forms: readonly string[];
  readonly count: number;
  readonly example: string;
}

/** The forms in which a column is stored. */
export interface FoundForms {
  readonly column: ColumnPlan;
  /** Undefined where the type has one form only. */
  readonly kinds: readonly KindOfForm[] | undefined;
  readonly nulls: number;
  /** Texts that a decision makes NULL. */
  readonly emptied: ReadonlyMap<string, number>;
}

/** What one read may cost: nobody can write meanwhile, where there is no write-ahead log. */
const MS_A_READ = 4;
const ROWS_A_READ = 2_000;
/** Bytes of a value from which on its form is not looked at. */
const LARGE = 1_000_000;

/** Finds out in which forms a table holds the values of its columns: one pass, and none where each has one form. */
export async function findForms(db: Database, table: TablePlan, inRead: InRead): Promise<FoundForms[]> {
  const tallies = table.columns.flatMap((column) => {
    const tally = new Tally(column);
    return tally.isNeeded ? [tally] : [];
  });
  if (tallies.length === 0) return [];
  const { rowid, source } = table;
  const values = tallies.map(({ selected }) => selected).join(', ');
  const name = rowid === undefined ? 'NULL' : quoteName(rowid);
  const where = rowid === undefined ? '' : ` WHERE ${name} >= ? ORDER BY ${name} LIMIT ${ROWS_A_READ}`;
  const sql = `SELECT ${values}, ${name} FROM ${quoteName(source)} NOT INDEXED${where}`;
  /** @returns the rowid of the last row that was read */
  const addSome = (from: bigint) => {
    const budget = new Budget({ ms: MS_A_READ, bytes: Number.POSITIVE_INFINITY });
    const rows = db.prepare(sql).raw().safeIntegers();
    let last: bigint | null = null;
    for (const row of rows.iterate(...(rowid === undefined ? [] : [from])) as Iterable<SqliteValue[]>) {
      for (const [i, tally] of tallies.entries()) tally.add(row[i] as SqliteValue);
      last = row.at(-1) as bigint | null;
      if (!budget.row() && last !== null) break;
    }
    return last;
  };
  let last = await inRead(() => addSome(-(2n ** 63n)));
  while (last !== null && last < 2n ** 63n - 1n) {
    const from = last + 1n;
    last = await inRead(() => addSome(from));
  }
  return tallies.map((tally) => tally.found());
}

/** Of a value whose form is not known. */
const NONE: readonly string[] = [];

class Tally {
  readonly #column: ColumnPlan;
  readonly #forms: Forms | undefined;
  readonly #decide: ReturnType<typeof decisionOf>;
  readonly #kinds = new Map<readonly string[], { count: number; readonly example: SqliteValue }>();
  readonly #emptied = new Map<string, number>();
  #nulls = 0;

  constructor(column: ColumnPlan) {
    this.#column = column;
    this.#forms = column.generated ? undefined : formsOf(column);
    this.#decide = column.decision?.empty === undefined ? undefined : decisionOf(column);
  }

  get isNeeded(): boolean {
    return this.#forms !== undefined || this.#decide !== undefined;
  }

  get selected(): string {
    const { from } = this.#column;
    const name = quoteName('column' in from ? from.column : from.through.column);
    if (this.#decide === undefined && this.#forms?.byClass)
      return `CASE typeof(${name}) WHEN 'text' THEN '' WHEN 'blob' THEN x'' ELSE ${name} END`;
    return `CASE WHEN octet_length(${name}) > ${LARGE} THEN NULL ELSE ${name} END`;
  }

  add(value: SqliteValue): void {
    if (value === null) {
      this.#nulls++;
      return;
    }
    if (this.#decide?.(value) === null) {
      const text = String(value);
      this.#emptied.set(text, (this.#emptied.get(text) ?? 0) + 1);
      return;
    }
    if (this.#forms === undefined) return;
    const found = this.#forms.of(value);
    const forms = found.length === 0 ? NONE : found;
    const known = this.#kinds.get(forms);
    if (known) known.count++;
    else this.#kinds.set(forms, { count: 1, example: value });
  }

  found(): FoundForms {
    const { secret, from } = this.#column;
    const isSecret = secret || saysSecret('column' in from ? from.column : from.through.column);
    const kinds = [...this.#kinds].map(([forms, { count, example }]) => ({
      forms,
      count,
      example: isSecret ? '(hidden)' : showValue(example),
    }));
    return {
      column: this.#column,
      kinds: this.#forms && kinds,
      nulls: this.#nulls,
      emptied: this.#emptied,
    };
  }
}
