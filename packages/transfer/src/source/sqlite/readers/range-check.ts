import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import { storageClass } from '../../../column-types/encode/storage-class.ts';
import type { SqliteValue, StorageCensus } from '../../../column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../../../plan/types.ts';
import { nameOnce } from './bad-rows.ts';
import { type KeptCheckResult, MAX_REFUSALS_A_RANGE, type Send, type SpoolPlace } from './protocol.ts';
import type { QuickEncoder } from './quick-encoder.ts';
import { RowEncoder } from './row-encoder.ts';
import { SpoolWriter } from './spool-writer.ts';

/** Large enough that messages cost nothing, small enough to stay in the processor's cache. */
export const CHUNK_BYTES = 512 * 1024;
/** Of a row with a value that is not read through SQLite, where another value of it must be. */
const NOT_AS_STORED =
  'too large to be read otherwise than as it is stored, in a row of which some value cannot be carried so (text that is not UTF-8 or has a NUL character, a NULL or a number that the target holds otherwise)';
const ROWS_BETWEEN_REPORTS = 4_096;

/** Checks the rows of a range one by one, and keeps what the copy will send of them where there is a place for it. */
export class RangeCheck {
  readonly encoder: RowEncoder;
  readonly #out: CopyWriter;
  readonly #spool: SpoolWriter | undefined;
  readonly #send: Send;
  readonly #census: StorageCensus[];
  #rows = 0;
  #refusedValues = 0;
  /** Those that are counted and no longer kept. */
  #alterations = 0;
  #reported = 0;
  #bytes = 0;

  constructor(source: Database, table: TablePlan, place: SpoolPlace | undefined, send: Send) {
    this.#spool = place && new SpoolWriter(place);
    this.encoder = new RowEncoder({ db: source }, table, false);
    this.#out = new CopyWriter(this.#spool && CHUNK_BYTES * 2);
    this.#send = send;
    this.#census = this.encoder.columns.map(() => ({ null: 0, integer: 0, real: 0, text: 0, blob: 0 }));
  }

  /** A row as SQLite gave it. */
  take(row: SqliteValue[]): void {
    const { firstValue, refusals, alterations } = this.encoder;
    for (let i = 0; i < this.#census.length; i++) {
      (this.#census[i] as StorageCensus)[storageClass(row[firstValue + i] ?? null)]++;
    }
    const kept = refusals.length;
    const start = this.#out.position;
    // A range that lacks a row is none to load.
    if (!this.encoder.encode(row, this.#out)) this.#spool?.giveUp();
    nameOnce(refusals, kept);
    this.#refusedValues += refusals.length - kept;
    if (refusals.length > MAX_REFUSALS_A_RANGE) refusals.length = MAX_REFUSALS_A_RANGE;
    if (!this.#spool?.isOpen) {
      this.#alterations += alterations.length;
      alterations.length = 0;
    }
    this.#counted(this.#out.position - start);
  }

  /** A row from the file's pages; false when it has to be read through SQLite. */
  takeQuickly(quick: QuickEncoder): boolean {
    if (!quick.encode(this.#out)) return false;
    quick.count(this.#census);
    this.#counted(quick.size);
    return true;
  }

  /** A row of which SQLite cannot read this column. */
  refuseUnread(quick: QuickEncoder, column: ColumnPlan): void {
    this.encoder.refuseUnread(quick.rowid, column, NOT_AS_STORED);
    this.#spool?.giveUp();
    this.#refusedValues++;
    this.#counted(quick.size);
  }

  result(): KeptCheckResult {
    const { refusals, alterations, columns } = this.encoder;
    const [rows, spool] = [this.#rows, this.#spool];
    spool?.take(this.#out);
    this.#report();
    return {
      rows,
      refusedValues: this.#refusedValues,
      refusals,
      alterations: this.#alterations + alterations.length,
      ...(spool?.isFull && { spoolIsFull: true }),
      ...(spool?.isOpen && { kept: { rows, bytes: spool.bytes, alterations } }),
      census: Object.fromEntries(
        columns.map((column, i) => [column.target, this.#census[i] as StorageCensus]),
      ),
    };
  }

  #counted(size: number): void {
    if (!this.#spool?.isOpen) this.#out.rewind();
    else if (this.#out.position >= CHUNK_BYTES) this.#spool.take(this.#out);
    this.#bytes += size;
    if (++this.#rows - this.#reported >= ROWS_BETWEEN_REPORTS) this.#report();
  }

  #report(): void {
    this.#send({ type: 'progress', rows: this.#rows - this.#reported, bytes: this.#bytes });
    this.#reported = this.#rows;
    this.#bytes = 0;
  }
}
