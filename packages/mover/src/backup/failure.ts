import { CommandError, ExitCode } from '@vatevo/shell';
import { codeOf } from '@vatevo/transfer';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const NOT_ALLOWED: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  ENOENT: 'a folder of the path is missing',
  ENAMETOOLONG: 'the path is too long',
};

/** What went wrong with the place that is written to, as a sentence; everything else stays what it is. */
export function storageFailure(error: unknown, place: string): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (NO_ROOM.has(code)) {
    return new CommandError(ExitCode.notReady, `There is not enough room on the disk of ${place}.`, {
      cause: error,
      remedy: ['Make room there, or choose another place with --to; nothing unfinished was left behind.'],
    });
  }
  const why = NOT_ALLOWED[code];
  if (why === undefined) return error;
  return new CommandError(ExitCode.usage, `${place} cannot be written to: ${why}.`, {
    cause: error,
    remedy: ['Choose another place with --to.'],
  });
}

/** A backup that is not what it was when it was made. */
export function damaged(folder: string, what: string): CommandError {
  return new CommandError(ExitCode.sourceRefused, `The backup ${folder} is damaged: ${what}.`, {
    remedy: ['Nothing was restored. Use another copy of this backup, or an older backup.'],
  });
}
