import type { Database } from 'better-sqlite3';
import type { TablePlan } from '../../../plan/types.ts';
import { beginRead } from '../busy.ts';
import { LivePageFiles } from '../pages/live-page-files.ts';
import type { PageFile } from '../pages/page-file.ts';
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

  constructor(file: string, largeRow?: Turn) {
    this.largeRow = largeRow;
    this.#files = new LivePageFiles(file);
  }

  /**
   * Begins a read transaction. A write-ahead log may have got commits behind the state that the transaction reads. Where
   * it ended at the same place just before the transaction began and just after, there are none.
   */
  begin(db: Database): void {
    for (let attempt = 1; ; attempt++) {
      this.#files.refreshLog();
      const before = this.#files.end;
      beginRead(db);
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

  /** Of the state that the transaction reads, or of a later one. */
  get scan(): PageFile {
    this.#scan ??= this.#files.open('scan');
    return this.#scan;
  }

  /** What reads a table from the pages; undefined where SQLite has to. */
  encoder(db: Database, table: TablePlan): QuickEncoder | undefined {
    if (!this.#isExact) return undefined;
    const version = db.pragma('schema_version', { simple: true }) as bigint;
    const { target, source } = table;
    const name = `${source}\0${target.schema}\0${target.name}`;
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
    this.#files.close();
  }
}

interface Kept {
  readonly name: string;
  readonly version: bigint;
  readonly encoder: QuickEncoder | undefined;
  readonly pages: readonly PageFile[];
}
