import { join } from 'node:path';
import { formatBytes, formatCount } from '@vatevo/shell';
import type { ReadableSource } from '@vatevo/transfer';
import type { Run } from '../../preset.ts';
import { makeBackupFolder } from '../folder.ts';
import { writeManifest } from '../manifest.ts';
import { countRows } from '../rows.ts';
import { type FileEntry, measureFile } from '../written-file.ts';
import { checkCopy } from './check-copy.ts';
import { type Content, readContent } from './content.ts';
import { copyDatabase } from './copy-database.ts';
import { exportSql } from './export-sql.ts';
import { openOwn } from './open-own.ts';
import { openSourceFile, readableSourceFile, sourceFailure } from './source.ts';
import { refuseTooLarge } from './too-large.ts';

export interface SqliteBackupOptions {
  readonly source: string;
  /** The folder that gets the backup's. */
  readonly parent: string;
  /** Leaves the SQL export out. */
  readonly copyOnly: boolean;
}

/**
 * Backs a SQLite file up. The file itself is read once, for the copy; everything else is made of the copy, so
 * that all of it is of one state of the data and no writer waits for it.
 */
export async function backUpSqlite(options: SqliteBackupOptions, run: Run): Promise<void> {
  const { source, parent } = options;
  const at = new Date();
  const readable = readableSourceFile(source);
  try {
    let rows = 0;
    const folder = await makeBackupFolder(parent, 'sqlite', at, async (unfinished) => {
      const copy = join(unfinished, 'database.sqlite');
      await copyFrom(readable, copy, run);
      const { content, orphans, sql } = await examine(copy, unfinished, options, run);
      // Its checksum only now: a database that is closed may be written to once more.
      const files = [await measureFile(copy, run.signal), ...(sql ? [sql] : [])];
      const createdAt = at.toISOString();
      await writeManifest(unfinished, { kind: 'sqlite', source, createdAt, files, ...content, orphans });
      rows = countRows(content.tables);
    });
    run.report.result({ backup: { kind: 'sqlite', folder, rows } }, [
      `Backup complete: ${formatCount(rows)} rows of ${source}, checked.`,
      `Backup: ${folder}`,
    ]);
  } catch (error) {
    throw sourceFailure(error, source);
  } finally {
    readable.release();
  }
}

async function copyFrom(readable: ReadableSource, copy: string, { report, signal }: Run): Promise<void> {
  await report.step('Copy the file', async (step) => {
    const db = openSourceFile(readable.file);
    const total = Number(db.pragma('page_count', { simple: true }));
    refuseTooLarge(db, readable.file);
    const bar = report.progress({ label: 'copy', total, unit: 'pages' });
    try {
      await copyDatabase(db, copy, signal, (done) => bar.update(done));
    } finally {
      bar.stop();
      db.close();
    }
    if (readable.isCopy) step.detail('read from a recovered copy');
  });
}

interface Examined {
  readonly content: Content;
  readonly orphans: number;
  readonly sql?: FileEntry;
}

/** Checks and digests the copy, and makes the export of it. */
async function examine(
  copy: string,
  folder: string,
  { source, copyOnly }: SqliteBackupOptions,
  { report, signal }: Run,
): Promise<Examined> {
  const db = openOwn(copy);
  try {
    const { values, orphans } = await report.step('Check the copy', () => checkCopy(db, source));
    for (const line of values) report.warn(`${line}: it is backed up as it is.`);
    signal.throwIfAborted();
    const content = await report.step('Digest every value', async (step) => {
      const found = await readContent(db, signal);
      step.detail(`${formatCount(countRows(found.tables))} rows`);
      return found;
    });
    if (copyOnly) return { content, orphans };
    const sql = await report.step('Export as SQL, and load that for trial', async (step) => {
      const bar = report.progress({ label: 'export', total: countRows(content.tables), unit: 'rows' });
      try {
        const file = await exportSql(db, content, folder, signal, (rows) => bar.update(rows));
        step.detail(formatBytes(file.bytes));
        return file;
      } finally {
        bar.stop();
      }
    });
    return { content, orphans, sql };
  } finally {
    db.close();
  }
}
