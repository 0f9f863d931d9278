import type { Database } from 'better-sqlite3';
import type { TablePlan } from '../../../plan/types.ts';
import type { RowRange, Wanted } from '../../source.ts';
import { beginRead } from '../busy.ts';
import { LivePageFiles } from '../pages/live-page-files.ts';
import type { PageFile } from '../pages/page-file.ts';
import type { Budget } from './budget.ts';
import { FileCopy } from './file-copy.ts';
import { type Held, HeldTable, LARGEST_HELD } from './held-table.ts';
import { HeldValues } from './held-values.ts';
import { QuickEncoder } from './quick-encoder.ts';
import type { Turn } from './turn.ts';

/** Times that a transaction is begun until no commit falls between it and the look into the log. */
const MAX_ATTEMPTS = 3;
/** What is checked is written too: one encoder serves both. */
const WORK = { checks: true, writes: true } as const;

/** The pages of a file that others write to, for one reader, who reads them within short transactions. */
export class LivePages {
  /** Held from a large row to the end of the read. */
  readonly largeRow: Turn | undefined;
  readonly #files: LivePageFiles;
  #scan: PageFile | undefined;
  /** Whether the pages are those of the very state that the open transaction reads. */
  #isExact = false;
  /** Of the file, when its pages were last read anew. */
  #state: string | undefined;
  /** Of the table that was read last. */
  #kept: Kept | undefined;
  readonly #file: string;
  #copy: FileCopy | undefined;
  /** Whether pages of the open transaction are kept, and the tables whose values are. */
  #isCopying = false;
  readonly #copying = new Set<HeldValues>();
  /** Of the table whose pages were kept last. */
  #keptCopy: KeptCopy | undefined;

  constructor(file: string, largeRow?: Turn) {
    this.#file = file;
    this.largeRow = largeRow;
    this.#files = new LivePageFiles(file);
  }

  /**
   * Begins a read transaction. A write-ahead log may have got commits behind the state that the transaction reads. Where
   * it ended at the same place just before the transaction began and just after, there are none.
   *
   * @param waitMs for which another process is waited for that is just committing
   */
  begin(db: Database, waitMs?: number): void {
    for (let attempt = 1; ; attempt++) {
      this.#files.refreshLog();
      const before = this.#files.end;
      beginRead(db, waitMs);
      this.#files.refreshLog();
      // A log that SQLite does not read is left over from another file.
      const isRead = before === '' || db.pragma('journal_mode', { simple: true }) === 'wal';
      this.#isExact = isRead && this.#files.end === before;
      if (this.#isExact || attempt === MAX_ATTEMPTS) break;
      db.exec('COMMIT');
    }
    const state = `${db.pragma('data_version', { simple: true })} ${this.#files.end}`;
    // Where nobody has written since, what was read is what would be read.
    if (state !== this.#state) this.#files.forgetPages();
    this.#state = state;
  }

  /** Takes part in a read transaction that was begun before. */
  join(): void {
    this.#files.refresh();
    this.#isExact = false;
    this.#state = undefined;
  }

  /** The transaction is about to end. */
  end(): void {
    if (this.#isCopying) this.#copy?.pages.end();
    this.#isCopying = false;
    this.#copying.clear();
  }

  /**
   * Keeps the pages of a range's rows, as many as the budget allows, so that they can be read when nobody has to wait for
   * that. With a rollback journal only.
   *
   * @returns undefined where the rows have to be read within the transaction
   */
  hold(db: Database, range: RowRange, want: Wanted, budget: Budget): HeldRows | undefined {
    if (!this.#isExact || this.#files.end !== '') return undefined;
    this.#copy ??= new FileCopy(this.#file);
    const copy = this.#copy;
    const { table, encoder, values } = this.#copied(db, range.table, copy);
    // What its values come from lies anywhere: the pages of its rows are found as quickly as SQLite finds their values.
    if (table === undefined || (values && (want === 'check' || want === 'encode'))) return undefined;
    if (!this.#isCopying) copy.begin();
    this.#isCopying = true;
    if (values === undefined || want === 'checksum') {
      const held = table.hold(range, budget);
      return held && { ...held, root: table.root, copy, encoder };
    }
    if (!this.#copying.has(values)) values.clear();
    this.#copying.add(values);
    const held = values.hold(range, budget);
    return held && { ...held, root: table.root, copy, values: { db, table: values.table } };
  }

  /** Of the state that the transaction reads, or of a later one. */
  get scan(): PageFile {
    this.#scan ??= this.#files.open('scan');
    return this.#scan;
  }

  /** What reads a table from the pages; undefined where SQLite has to. */
  encoder(db: Database, table: TablePlan): QuickEncoder | undefined {
    if (!this.#isExact) return undefined;
    const version = db.pragma('schema_version', { simple: true }) as bigint;
    const name = nameOf(table);
    if (this.#kept?.name !== name || this.#kept.version !== version) {
      this.#files.forget(this.#kept?.pages ?? []);
      const pages: PageFile[] = [];
      const encoder = QuickEncoder.open(db, table, WORK, (access) => {
        const opened = this.#files.open(access);
        pages.push(opened);
        return opened;
      });
      this.#kept = { name, version, encoder, pages };
    }
    return this.#kept.encoder;
  }

  close(): void {
    this.#copy?.close();
    this.#files.close();
  }

  #copied(db: Database, table: TablePlan, { pages }: FileCopy): KeptCopy {
    const version = db.pragma('schema_version', { simple: true }) as bigint;
    const name = nameOf(table);
    if (this.#keptCopy?.name !== name || this.#keptCopy.version !== version) {
      const held = HeldTable.open(db, table, pages);
      const isWhole = table.columns.every(({ from }) => 'column' in from);
      const encoder = isWhole ? QuickEncoder.open(db, table, WORK, () => pages, LARGEST_HELD) : undefined;
      const values = held && !isWhole ? new HeldValues(db, table, held) : undefined;
      this.#keptCopy = { name, version, table: held, encoder, values };
    }
    return this.#keptCopy;
  }
}

/** Rows of one state of the file, which can be read until the next transaction begins. */
export interface HeldRows extends Held {
  /** Of the table. */
  readonly root: number;
  readonly copy: FileCopy;
  readonly encoder?: QuickEncoder | undefined;
  /** Where the rows are instead, when some of their values come from other rows. */
  readonly values?: { readonly db: Database; readonly table: TablePlan } | undefined;
}

interface KeptCopy {
  readonly name: string;
  readonly version: bigint;
  readonly table: HeldTable | undefined;
  readonly encoder: QuickEncoder | undefined;
  readonly values: HeldValues | undefined;
}

function nameOf({ source, target }: TablePlan): string {
  return `${source}\0${target.schema}\0${target.name}`;
}

interface Kept {
  readonly name: string;
  readonly version: bigint;
  readonly encoder: QuickEncoder | undefined;
  readonly pages: readonly PageFile[];
}
