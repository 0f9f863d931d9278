import { closeSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { sqliteFiles } from '@vatevo/connection';
import { dropTriggers, putFence } from '../file/ledger.ts';
import { notWritable, openForWriting } from '../file/open.ts';
import type { ReturnFormat } from '../move.ts';

/**
 * Brings a file that takes no writes to the release that PostgreSQL is at.
 *
 * Migrations may build tables anew, and then the fence on them is gone for a moment. So they are applied to a copy,
 * which is written over the file in one transaction of SQLite: whoever dies in between leaves the file as it was.
 *
 * @param check throws where the file must not become what the copy is now
 * @returns the migrations that were applied
 */
export async function bringToRelease(
  file: string,
  returning: ReturnFormat,
  check: (copy: string) => Promise<void>,
): Promise<readonly string[]> {
  const target = realpathSync(file);
  const copy = `${target}.partial`;
  removePart(copy);
  const missing = await returning.missing(file);
  if (missing.length === 0) return missing;
  try {
    // Whoever may not read the file may not read its copy.
    closeSync(openSync(copy, 'w', statSync(target).mode));
    await copyFile(target, copy);
    change(copy, dropTriggers);
    await returning.deploy(copy);
    await check(copy);
    change(copy, putFence);
    await copyFile(copy, target);
  } catch (error) {
    throw notWritable(file, error);
  } finally {
    removePart(copy);
  }
  return missing;
}

/** A part of a file that is being made, and what SQLite keeps beside it. */
export function removePart(part: string): void {
  for (const file of sqliteFiles(part)) rmSync(file, { force: true });
}

/** Copies a database page by page, in one transaction of the one that is written. */
async function copyFile(from: string, to: string): Promise<void> {
  const db = openForWriting(from);
  try {
    await db.backup(to);
  } finally {
    db.close();
  }
}

function change(file: string, work: (db: ReturnType<typeof openForWriting>) => void): void {
  const db = openForWriting(file);
  try {
    db.exec('BEGIN IMMEDIATE');
    work(db);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
