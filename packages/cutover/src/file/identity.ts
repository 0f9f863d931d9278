import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { TransferError } from '@vatevo/transfer';
import type { TransferPlan } from '@vatevo/transfer/plan';
import type { Database } from 'better-sqlite3';
import { type FileSchema, readFileSchema, schemaChanges } from './schema.ts';

/** What tells this very file in this very shape from any other. */
export interface FileIdentity {
  /** Device and inode: another file under the same name has others. */
  readonly inode: string;
  /** Changed by every change of the schema, by ANALYZE and by VACUUM. */
  readonly schemaVersion: bigint;
  /** Undefined in a move that an earlier release began. */
  readonly schema: FileSchema | undefined;
}

export function inodeOf(file: string): string {
  const { dev, ino } = statSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

/**
 * Whether a file is the one that is known. Then nobody needs to be looked for who holds another one that was there before:
 * that was done when it became known, and is done once more when it matters.
 */
export function isFile(file: string, known: FileIdentity | undefined): boolean {
  return known?.inode === inodeOf(file);
}

export function identify(file: string, db: Database): FileIdentity {
  const schemaVersion = db.pragma('schema_version', { simple: true }) as bigint;
  return { inode: inodeOf(file), schemaVersion, schema: readFileSchema(db) };
}

/**
 * Triggers see rows only. Whatever else may have happened to the file since it was captured is found here.
 *
 * @param now what the file is now
 * @throws TransferError `source-changed`
 */
export function refuseOtherFile(
  file: string,
  known: FileIdentity,
  now: FileIdentity,
  plan: Pick<TransferPlan, 'tables'>,
): void {
  if (now.inode !== known.inode) {
    throw new TransferError(
      'source-changed',
      `${file} is another file than the one this move began with: it was replaced, and what was written into the old one cannot be known.`,
      { next: { step: 'abort-and-start' } },
    );
  }
  if (now.schemaVersion === known.schemaVersion) return;
  const changes =
    known.schema && now.schema ? schemaChanges(known.schema, now.schema, plan) : ['by DDL or VACUUM'];
  if (changes.length === 0) return;
  throw new TransferError(
    'source-changed',
    `The schema of ${file} was changed during the move (${changes.join('; ')}), so its rows are no longer known one by one.`,
    { next: { step: 'abort-and-start' } },
  );
}

/**
 * A process that still has a file open for writing which was replaced under its name goes on writing into the old one.
 * Found where the system shows which files its processes hold (Linux); others' processes only for root.
 *
 * @throws TransferError `source-changed`
 */
export function refuseHoldersOfOldFile(file: string): void {
  const gone = `${realpathSync(file)} (deleted)`;
  for (const pid of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of entries(`/proc/${pid}/fd`)) {
      const link = `/proc/${pid}/fd/${descriptor}`;
      if (linkOf(link) !== gone || !isForWriting(link)) continue;
      throw new TransferError(
        'source-changed',
        `Process ${pid} still holds a file that was at ${file} before and was replaced: what it writes is lost; restart it, then run the same command again.`,
      );
    }
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The link's own permissions say how its file was opened (proc_pid_fd(5)). */
function isForWriting(link: string): boolean {
  return ((lstatSync(link, { throwIfNoEntry: false })?.mode ?? 0) & 0o200) !== 0;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
