import { realpathSync } from 'node:fs';
import { type LiveLog, PageFile } from './page-file.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/** The pages of a file that others write to, in any journal mode, as several who go through them see them. */
export class LivePageFiles implements LiveLog {
  current: WriteAheadLog | undefined;
  readonly #path: string;
  readonly #logPath: string;
  readonly #opened = new Set<PageFile>();

  constructor(path: string) {
    this.#path = path;
    // The log lies beside the file itself, not beside a link to it.
    this.#logPath = `${realpathSync(path)}-wal`;
  }

  /** Pages with windows of their own; see {@link PageFile.openLive}. */
  open(access: 'scan' | 'lookup'): PageFile {
    const pages = PageFile.openLive(this.#path, access, this);
    this.#opened.add(pages);
    return pages;
  }

  /** Frees what pages take that nobody goes through any more. */
  forget(pages: Iterable<PageFile>): void {
    for (const each of pages) this.#opened.delete(each);
  }

  /** Finds what was committed since, and has all pages read anew. */
  refresh(): void {
    this.refreshLog();
    this.forgetPages();
  }

  refreshLog(): void {
    if (this.current?.isReplaced()) this.close();
    this.current ??= WriteAheadLog.open(this.#logPath);
    this.current?.refresh();
  }

  /** Has all pages read anew. */
  forgetPages(): void {
    for (const pages of this.#opened) pages.refresh();
  }

  /** Where the log ended at the last look: another place after each commit that went into it. */
  get end(): string {
    return this.current?.endMark ?? '';
  }

  close(): void {
    this.current?.close();
    this.current = undefined;
  }
}
