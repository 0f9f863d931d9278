import type { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import { columnType } from '../../../column-types/registry.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { converter, isLoss } from '../../../derivation/encode-decision.ts';
import { divided } from '../../../plan/decisions.ts';
import { showValue } from '../../../plan/show.ts';
import type { ColumnPlan } from '../../../plan/types.ts';
import type { Becoming, Reading, ReadingEvidence } from '../../evidence.ts';
import { jsonbReader } from '../jsonb.ts';
import { canonicalForm } from '../proof/canonical.ts';

const MUST_NOT_BE_NULL = 'NULL in a column that must not be NULL';

type Present = Exclude<SqliteValue, null>;

/** Counts what becomes of a column's values in one reading, by the code that would copy them. */
export class Trial {
  readonly #column: ColumnPlan;
  readonly #take: (value: Present) => { refusal: string | undefined; became: SqliteValue };
  readonly #keepsText: boolean;
  #taken = 0;
  #refused = 0;
  #refusal: string | undefined;
  #altered = 0;
  #nulled = 0;

  /** @param out what is written there counts for nothing */
  constructor(reading: Reading, out: CopyWriter) {
    const { type, decision, zone, notNull = false } = reading;
    const parts = divided(decision);
    this.#column = {
      target: '',
      type,
      notNull,
      generated: false,
      from: { column: '' },
      secret: false,
      ...parts,
      ...(zone !== undefined && { zone }),
    };
    const { encode, traits } = columnType(type);
    const write = encode(type, { numericTimes: parts.numericTimes, zone });
    const convert =
      parts.decision &&
      converter(parts.decision, { fractionDigits: type.fractionDigits ?? 6, readJsonb: jsonbReader() });
    this.#keepsText = traits.keepsText || decision !== undefined;
    this.#take = (value) => {
      const became = convert === undefined ? value : convert(value);
      out.position = 0;
      const refusal = became !== null ? write(became, out) : notNull ? MUST_NOT_BE_NULL : undefined;
      return { refusal, became };
    };
  }

  /** @param broken whether it is a text whose bytes are not UTF-8 */
  add(value: Present, broken: boolean): void {
    const { refusal, became } =
      broken && this.#keepsText ? { refusal: 'bytes that are not UTF-8', became: value } : this.#take(value);
    if (refusal !== undefined) {
      this.#refused++;
      this.#refusal ??= refusal;
      return;
    }
    this.#taken++;
    if (!isLoss(this.#column.decision ?? {}, value, became)) return;
    this.#altered++;
    if (became === null) this.#nulled++;
  }

  /** @param shown values of which is told what they become @param ends those of the numbers */
  evidence(shown: readonly Present[], ends: readonly Present[]): ReadingEvidence {
    const form = canonicalForm(this.#column);
    const { shown: shows } = columnType(this.#column.type).traits;
    const readable = (printed: string) => (shows === 'as-printed' ? printed : shows(printed));
    const print = (value: Present) => (this.#take(value).refusal === undefined ? form(value) : undefined);
    const become = shown.map((value): Becoming => {
      const printed = print(value);
      return {
        stored: showValue(value),
        printed: typeof printed === 'string' ? showValue(readable(printed)) : printed,
      };
    });
    return {
      taken: this.#taken,
      refused: this.#refused,
      ...(this.#refusal !== undefined && { refusal: this.#refusal }),
      altered: this.#altered,
      nulled: this.#nulled,
      become,
      ends: ends.map((end) => print(end) ?? undefined),
    };
  }
}
