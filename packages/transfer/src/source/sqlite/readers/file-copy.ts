import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { registerEqualForm } from '../equal-form.ts';
import { openSource } from '../open.ts';
import { HeldPages } from '../pages/held-pages.ts';
import { TableCursor } from '../pages/table-cursor.ts';

/** Of sqlite_schema (SQLite file format, 1.6). */
const SCHEMA_ROOT = 1;
/** Places of the file's change counter, and of the counter for which its size in the header holds (1.3). */
const CHANGE_COUNTER = 24;
const VALID_FOR = 92;

/**
 * The pages that were kept of one state of a file, as a file of its own that SQLite reads: with holes where nothing was
 * kept. It knows of no page but by its number; what is in them, SQLite alone makes out.
 *
 * A hole is no page of any table, so whoever comes to one is told that the file is damaged.
 */
export class FileCopy {
  readonly pages: HeldPages;
  #file: CopiedFile | undefined;
  #isWritten = false;

  constructor(path: string) {
    this.pages = new HeldPages(path);
  }

  /** A read transaction has begun: from now on its pages are kept. */
  begin(): void {
    this.#isWritten = false;
    this.pages.begin();
    const schema = new TableCursor(this.pages, SCHEMA_ROOT);
    schema.seek(Number.MIN_SAFE_INTEGER);
    while (schema.next());
  }

  /** The file, with what was kept; no longer than to the next {@link begin}. */
  get db(): Database {
    this.#file ??= new CopiedFile();
    if (!this.#isWritten) this.#file.write(this.pages);
    this.#isWritten = true;
    return this.#file.open();
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** A file in the temporary folder, which has no name as soon as SQLite has opened it. */
class CopiedFile {
  readonly #path = join(tmpdir(), `vatevo-pages-${randomUUID()}`);
  readonly #descriptor = openSync(this.#path, 'wx+', 0o600);
  #db: Database | undefined;
  #changes = 0;

  write(pages: HeldPages): void {
    const file = this.#descriptor;
    // Nothing of an earlier state may be left.
    ftruncateSync(file, 0);
    ftruncateSync(file, pages.size);
    for (const [at, bytes] of pages) {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(file, bytes, written, bytes.length - written, at + written);
      }
      if (at === 0) this.#count(bytes);
    }
  }

  open(): Database {
    if (this.#db === undefined) {
      try {
        this.#db = openSource(this.#path);
        registerEqualForm(this.#db);
      } finally {
        rmSync(this.#path, { force: true });
      }
    }
    return this.#db;
  }

  close(): void {
    this.#db?.close();
    rmSync(this.#path, { force: true });
    closeSync(this.#descriptor);
  }

  /** Has SQLite forget what it read of the states before. */
  #count(header: Buffer): void {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.#changes);
    writeSync(this.#descriptor, counter, 0, 4, CHANGE_COUNTER);
    const isValid = header.readUInt32BE(CHANGE_COUNTER) === header.readUInt32BE(VALID_FOR);
    if (isValid) writeSync(this.#descriptor, counter, 0, 4, VALID_FOR);
  }
}
