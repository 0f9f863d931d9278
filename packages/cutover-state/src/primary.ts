import { type FileRecord, type ServerRecord, UnknownCutoverStateError } from './record.ts';
import { FILE_TAKES_WRITES } from './states.ts';

/** What could be read of a SQLite file. */
export type FileReading =
  | {
      readonly ok: true;
      /** Undefined: it takes part in no move. */
      readonly record: FileRecord | undefined;
      /** Device and inode. */
      readonly identity: string;
    }
  | { readonly ok: false; readonly missing: boolean; readonly message: string };

/** What could be read of PostgreSQL. */
export type ServerReading =
  | { readonly ok: true; readonly record: ServerRecord | undefined }
  | { readonly ok: false; readonly message: string };

/** Which of the two databases of a cutover is to be served. */
export type Primary =
  | { readonly side: 'file' | 'server' }
  /** Neither, and why. `unknown-state`: a later release has to tell. */
  | { readonly side: 'neither'; readonly because: 'other-server' | 'other-file' }
  | { readonly side: 'neither'; readonly because: 'unknown-state'; readonly message: string }
  /** That cannot be told until both can be read. */
  | { readonly side: 'unknown'; readonly message: string };

const FILE: Primary = { side: 'file' };
const SERVER: Primary = { side: 'server' };

/**
 * Tells from the records of both databases which one is the primary. PostgreSQL's record counts for more: a file
 * that says nothing may be a new one, or come from a backup.
 *
 * Between a hand-over and its last note in the other database, both records are read as they are: a file that
 * is still `fenced` while PostgreSQL is `serving` has been handed over, and one that is released while PostgreSQL is
 * `fenced` has taken over.
 */
export function primaryOf(file: FileReading, server: ServerReading): Primary {
  const fileRecord = file.ok ? file.record : undefined;
  const fileState = fileRecord?.state ?? 'released';
  if (fileState === 'unknown') return unknownState('The SQLite file', fileRecord);
  // A file that logs its writes takes them, whatever else cannot be read.
  if (!server.ok) return fileState === 'capturing' ? FILE : { side: 'unknown', message: server.message };
  const { record } = server;
  const state = record?.state ?? 'none';
  switch (state) {
    case 'unknown':
      return unknownState('PostgreSQL', record);
    case 'serving':
    case 'closed':
      return SERVER;
    case 'none':
    case 'reserved':
    case 'moving':
    case 'aborting':
      return fileState === 'handed-over' ? { side: 'neither', because: 'other-server' } : FILE;
    case 'fenced':
    case 'failed-back': {
      const failedBack = state === 'failed-back';
      // A file that cannot be read now may be one that a crash left, and is well again once it is opened to be served.
      if (!file.ok && !file.missing) return failedBack ? FILE : { side: 'unknown', message: file.message };
      const takesWrites = file.ok && FILE_TAKES_WRITES.has(fileState);
      if (takesWrites && file.identity === record?.returnFile) return FILE;
      return failedBack ? { side: 'neither', because: 'other-file' } : SERVER;
    }
    default:
      return state satisfies never;
  }
}

function unknownState(where: string, record: { readonly stored: string } | undefined): Primary {
  const { message } = new UnknownCutoverStateError(where, record?.stored ?? '');
  return { side: 'neither', because: 'unknown-state', message };
}
