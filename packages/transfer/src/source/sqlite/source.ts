import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { SourceFingerprint } from '../../plan/rows.ts';
import { quoteName } from '../../quote.ts';
import type { Source, SourceCatalog } from '../source.ts';
import { beginRead } from './busy.ts';
import { readSqliteCatalog } from './catalog.ts';
import { fingerprintSource, sameFingerprint } from './fingerprint.ts';
import { readHighWaterMarks } from './high-water-marks.ts';
import { LiveFile } from './live.ts';
import { openSource } from './open.ts';
import { type ReadableSource, readableSource } from './readable.ts';
import { dependencies, relationRules } from './relations.ts';
import { usedBytes } from './size.ts';
import { FileSnapshot } from './snapshot.ts';

/** Beyond that, what the target's disk can take is reached long since. */
const MAX_READERS = 8;
/** Bytes that one reader has read before another one has started. */
const READ_BY_ONE = 1024 * 1024;

export interface SqliteSettings {
  /** What is read instead of the file: from {@link readableSource}, which is called when this is omitted. */
  readonly readable?: string | undefined;
  /** Threads that read it. When omitted, one a processor, and fewer for a small file. */
  readonly readers?: number | undefined;
}

/** A SQLite file. It is never written. */
export class SqliteSource implements Source {
  /** The path. */
  readonly name: string;
  readonly readers: number;
  readonly #given: string | undefined;
  #own: ReadableSource | undefined;
  #snapshot: Promise<FileSnapshot> | undefined;
  #live: LiveFile | undefined;

  constructor(file: string, { readable, readers }: SqliteSettings = {}) {
    this.name = file;
    this.readers = readers ?? readersFor(file);
    this.#given = readable;
  }

  get shortName(): string {
    return basename(this.name);
  }

  fingerprint(): SourceFingerprint {
    return fingerprintSource(this.name);
  }

  isSame(a: SourceFingerprint, b: SourceFingerprint): boolean {
    return sameFingerprint(a, b);
  }

  look<Result>(work: (catalog: SourceCatalog) => Result): Result {
    const db = openSource(this.#readable);
    try {
      // Nothing is waited for while it lasts: others may be writing to the file.
      beginRead(db);
      const tables = readSqliteCatalog(db);
      return work({
        tables,
        bytes: usedBytes(db),
        holdsData: (table, column) => {
          const where = column === undefined ? '' : ` WHERE ${quoteName(column)} IS NOT NULL`;
          return db.prepare(`SELECT 1 FROM ${quoteName(table)}${where} LIMIT 1`).get() !== undefined;
        },
        rules: (plan, target) => relationRules(plan, tables, target),
        dependencies: (plan, target) => dependencies(plan, target),
        highWaterMarks: (plan) => readHighWaterMarks(db, plan),
      });
    } finally {
      db.close();
    }
  }

  snapshot(): Promise<FileSnapshot> {
    this.#snapshot ??= FileSnapshot.open(this.#readable, this.readers);
    return this.#snapshot;
  }

  live(): LiveFile {
    this.#live ??= new LiveFile(this.#readable, this.readers);
    return this.#live;
  }

  async close(): Promise<void> {
    await this.#live?.close();
    // One that could not be opened has closed itself, and was told of.
    await (await this.#snapshot?.catch(() => undefined))?.close();
    this.#own?.release();
  }

  get #readable(): string {
    if (this.#given !== undefined) return this.#given;
    this.#own ??= readableSource(this.name);
    return this.#own.file;
  }
}

function readersFor(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY;
  const processors = Math.min(availableParallelism(), MAX_READERS);
  return Math.min(processors, Math.ceil(bytes / READ_BY_ONE) || 1);
}
