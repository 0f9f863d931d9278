import { rmSync, writeFileSync } from 'node:fs';
import { sqliteFiles } from '@vatevo/connection';
import { CUTOVER } from '@vatevo/cutover-state';
import Database from 'better-sqlite3';

interface Image {
  readonly bytes: Buffer;
  /** What the move had entered in the file by then; undefined before it entered anything. */
  readonly record: string | undefined;
}

/** Milliseconds between two images. */
const PAUSE = 50;
const LAST_IMAGES = 20;

/**
 * The disk below a SQLite file, on which a committed state is some time after it was committed: it keeps what the
 * file held every now and then. A power failure takes the file back to one of those.
 *
 * Not behind a commit of the move itself, which flushes whatever came before it: its record in the file tells, as
 * each command enters itself there before it does anything.
 */
export class Disk {
  readonly #file: string;
  #images: Image[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Begins to look at the file. */
  watch(): void {
    this.#images = [];
    this.#timer = setInterval(() => this.#take(), PAUSE);
  }

  leave(): void {
    clearInterval(this.#timer);
  }

  /**
   * Takes the file back. Call it when nobody uses it any more.
   *
   * @returns whether there was anything to lose
   */
  fail(random: () => number): boolean {
    const { record } = this.#read();
    const possible = this.#images.filter((image) => image.record === record);
    const image = possible[Math.floor(random() * possible.length)];
    this.#images = [];
    if (image === undefined) return false;
    // In place, as the file keeps its inode; the bytes hold what lay in the write-ahead log, too.
    for (const beside of sqliteFiles(this.#file).slice(1)) rmSync(beside, { force: true });
    writeFileSync(this.#file, image.bytes);
    return true;
  }

  #take(): void {
    try {
      this.#images.push(this.#read());
      if (this.#images.length > LAST_IMAGES) this.#images.shift();
    } catch (error) {
      // A command or the writer is just committing, or was killed at it.
      if (!/^SQLITE_(BUSY|READONLY|CANTOPEN)/.test(String((error as { code?: unknown }).code))) throw error;
    }
  }

  #read(): Image {
    const db = new Database(this.#file, { fileMustExist: true, timeout: 1_000 });
    try {
      db.exec('BEGIN');
      const known = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(CUTOVER);
      const record =
        known === undefined ? undefined : JSON.stringify(db.prepare(`SELECT * FROM ${CUTOVER}`).get());
      return { bytes: db.serialize(), record };
    } finally {
      db.close();
    }
  }
}
