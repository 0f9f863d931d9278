import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sqliteFiles } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { codeOf } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';
import { type FileEntry, WrittenFile } from '../written-file.ts';
import { type Content, compareContent, readContent } from './content.ts';
import { dumpDatabase } from './dump.ts';
import { openOwn } from './open-own.ts';

/** Characters of SQL that are loaded at a time. */
const PORTION = 1 << 18;

/**
 * Writes a database as SQL, loading every statement into a trial database as it goes: the file is only
 * worth having when an equal database comes out.
 *
 * @throws CommandError with exit code 5 when it does not
 */
export async function exportSql(
  db: Database,
  content: Content,
  folder: string,
  signal: AbortSignal,
  onRows: (done: number) => void,
): Promise<FileEntry> {
  const trialFile = join(folder, 'trial.sqlite');
  try {
    const file = await writeAndLoad(db, folder, trialFile, signal, onRows);
    // Opened anew: the schema as it is in the file, not as it was entered.
    const trial = openOwn(trialFile);
    try {
      const differences = compareContent(content, await readContent(trial, signal));
      if (differences.length > 0) throw notLoadable(differences.join('; '));
    } finally {
      trial.close();
    }
    return file;
  } finally {
    for (const file of sqliteFiles(trialFile)) await rm(file, { force: true });
  }
}

async function writeAndLoad(
  db: Database,
  folder: string,
  trialFile: string,
  signal: AbortSignal,
  onRows: (done: number) => void,
): Promise<FileEntry> {
  const trial = openOwn(trialFile);
  try {
    trial.pragma('synchronous = OFF');
    return await WrittenFile.write(join(folder, 'database.sql'), async (file) => {
      let portion = '';
      let rows = 0;
      const load = async () => {
        loadPortion(trial, portion);
        await file.add(portion);
        portion = '';
        onRows(rows);
        signal.throwIfAborted();
      };
      for (const piece of dumpDatabase(db)) {
        portion += piece;
        if (piece.startsWith('INSERT INTO')) rows++;
        if (portion.length >= PORTION) await load();
      }
      await load();
    });
  } finally {
    trial.close();
  }
}

function loadPortion(trial: Database, sql: string): void {
  try {
    trial.exec(sql);
  } catch (error) {
    if (/^SQLITE_(FULL|IOERR)/.test(codeOf(error))) throw error;
    throw notLoadable((error as Error).message, error);
  }
}

function notLoadable(why: string, cause?: unknown): CommandError {
  return new CommandError(
    ExitCode.sourceRefused,
    `The database cannot be written as SQL from which an equal one comes out: ${why}.`,
    {
      cause,
      remedy: [
        'A copy of the file is not concerned by this: --copy-only makes a backup without the SQL export.',
      ],
    },
  );
}
