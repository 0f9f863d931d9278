import { CommandError, ExitCode } from '@vatevo/shell';
import type { Database } from 'better-sqlite3';

/** What integrity_check says of values that a declaration forbids: the file is sound, and they were there. */
const ABOUT_VALUES = /^(NULL|NUMERIC|TEXT|non-\w+) value in |^CHECK constraint failed in /;

/** What a check found that does not speak against the file. */
export interface Oddities {
  /** Values that the tables' own declarations forbid, a line each; at most a hundred. */
  readonly values: readonly string[];
  /** Rows that point to no row of their foreign key's table. */
  readonly orphans: number;
}

/**
 * Lets SQLite check a database.
 *
 * @throws CommandError with exit code 5 when it is damaged
 */
export function checkCopy(db: Database, source: string): Oddities {
  const lines = db.prepare('PRAGMA integrity_check(100)').pluck().all() as string[];
  const said = lines.filter((line) => line !== 'ok');
  const fault = said.find((line) => !ABOUT_VALUES.test(line));
  if (fault !== undefined) {
    throw new CommandError(
      ExitCode.sourceRefused,
      `${source} is damaged: integrity_check says "${fault.replaceAll('\n', ' ')}".`,
      { remedy: ['Restore an older backup, or recover it: sqlite3 FILE .recover | sqlite3 NEW'] },
    );
  }
  return { values: said, orphans: countOrphans(db) };
}

function countOrphans(db: Database): number {
  let orphans = 0;
  try {
    for (const _ of db.prepare('PRAGMA foreign_key_check').iterate()) orphans++;
  } catch {
    // A foreign key to columns that are not unique cannot be checked, nor was it ever kept.
  }
  return orphans;
}
