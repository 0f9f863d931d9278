import { constants } from 'node:fs';
import { access, copyFile, link, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sqliteFiles } from '@vatevo/connection';
import { CommandError, ExitCode, formatCount } from '@vatevo/shell';
import type { Run } from '../../preset.ts';
import { storageFailure } from '../failure.ts';
import { sync } from '../folder.ts';
import type { SqliteManifest } from '../manifest.ts';
import { countRows } from '../rows.ts';
import { removeLeftovers, unfinishedName } from '../unfinished.ts';
import { checkCopy } from './check-copy.ts';
import { compareContent, readContent } from './content.ts';
import { openOwn } from './open-own.ts';

/**
 * Restores a SQLite file whose checksum was found right: beside its place first, where it is compared with the
 * manifest value by value, and only then under its name.
 */
export async function restoreSqlite(
  folder: string,
  manifest: SqliteManifest,
  file: string,
  { report, signal }: Run,
): Promise<void> {
  await refuseExisting(file);
  const unfinished = join(dirname(file), unfinishedName(basename(file)));
  try {
    await report.step('Copy the file', async () => {
      await removeLeftovers(dirname(file), isPartOf(basename(file)));
      await copyFile(join(folder, 'database.sqlite'), unfinished, constants.COPYFILE_FICLONE);
    });
    signal.throwIfAborted();
    await report.step('Check and compare', () => compare(unfinished, file, manifest, signal));
    await sync(unfinished);
    await giveName(unfinished, file);
    await sync(dirname(file));
  } catch (error) {
    throw storageFailure(error, file);
  } finally {
    for (const part of sqliteFiles(unfinished)) await rm(part, { force: true });
  }
  const rows = countRows(manifest.tables);
  report.result({ restored: { kind: 'sqlite', file, rows } }, [
    `Restored and compared: ${formatCount(rows)} rows, as they were at ${manifest.createdAt}.`,
    `Database: ${file}`,
  ]);
}

/** What a file system says that has no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Unlike a renaming, a link leaves a file alone that somebody made in the meantime. */
async function giveName(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === 'EEXIST') throw exists(file);
    if (!NO_LINKS.has(code)) throw error;
    await refuseExisting(file);
    await rename(unfinished, file);
  }
}

function isPartOf(name: string): (entry: string) => boolean {
  return (entry) => sqliteFiles(name).includes(entry);
}

async function refuseExisting(file: string): Promise<void> {
  for (const part of sqliteFiles(file)) {
    const there = await access(part).then(
      () => true,
      () => false,
    );
    if (there) throw exists(part);
  }
}

function exists(file: string): CommandError {
  return new CommandError(ExitCode.usage, `${file} exists, and nothing is ever overwritten.`, {
    remedy: ['Move it away, or give --to another name.'],
  });
}

async function compare(
  copy: string,
  file: string,
  manifest: SqliteManifest,
  signal: AbortSignal,
): Promise<void> {
  const db = openOwn(copy);
  try {
    checkCopy(db, file);
    const differences = compareContent(manifest, await readContent(db, signal));
    if (differences.length > 0) {
      throw new CommandError(
        ExitCode.differs,
        `What was restored is not what was backed up: ${differences.join('; ')}.`,
        { remedy: [`${file} was not made. Use another copy of this backup, or an older backup.`] },
      );
    }
  } finally {
    db.close();
  }
}
