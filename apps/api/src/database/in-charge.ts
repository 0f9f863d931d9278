import type { FileReading, ServerReading } from '@vatevo/db';
import type { NotReady } from '../readiness/readiness.ts';

/** Which of the two databases of a cutover is to be served. */
export type InCharge =
  | { readonly side: 'file' | 'server' }
  /** Neither: they do not belong together. */
  | { readonly side: 'neither'; readonly why: NotReady }
  /** That cannot be told at the moment. */
  | { readonly side: 'unknown'; readonly why: NotReady };

const FILE: InCharge = { side: 'file' };
const SERVER: InCharge = { side: 'server' };

const FILE_TAKES_WRITES = new Set([undefined, 'open', 'capturing']);
/** Of PostgreSQL: a file that goes on being written to is moved into it, or was moved and was given up. */
const BEFORE_HAND_OVER = new Set([undefined, 'claimed', 'moving', 'aborting']);
/** Of PostgreSQL: it takes the writes. */
const TAKEN_OVER = new Set(['serving', 'closed']);

/**
 * Tells from the records of both databases which one is in charge. PostgreSQL's record counts for more: a file
 * that says nothing may be a new one, or come from a backup.
 *
 * Between a hand-over and its last note in the other database, both records are read as they are: a file that
 * is still `fenced` while PostgreSQL is `serving` has been left, and one that is open while PostgreSQL is
 * `fenced` has taken over.
 */
export function inCharge(file: FileReading, server: ServerReading): InCharge {
  const fileState = file.ok ? file.record?.state : undefined;
  // A file that logs its writes takes them, whatever else cannot be read.
  if (!server.ok) return fileState === 'capturing' ? FILE : unknown(server.message);
  const { record } = server;
  if (TAKEN_OVER.has(record?.state ?? '')) return SERVER;
  if (BEFORE_HAND_OVER.has(record?.state)) return fileState === 'left' ? neither(OTHER_SERVER) : FILE;
  // Only `fenced` and `returned` are left: PostgreSQL is handing back, or has. A file that cannot be read then may be
  // one that a crash left, and is well again once it is opened to be served.
  if (!file.ok && !file.missing) return record?.state === 'returned' ? FILE : unknown(file.message);
  const takesWrites = file.ok && FILE_TAKES_WRITES.has(fileState);
  if (takesWrites && file.identity === record?.returnFile) return FILE;
  return record?.state === 'fenced' ? SERVER : neither(OTHER_FILE);
}

/** When the database in charge may be another one: `now`, where one is fenced and writers wait for it. */
export function mayChange(file: FileReading, server: ServerReading): 'now' | 'soon' | 'later' {
  const states = new Set([file.ok && file.record?.state, server.ok && server.record?.state]);
  if (states.has('fenced')) return 'now';
  return ['capturing', 'moving', 'serving'].some((state) => states.has(state)) ? 'soon' : 'later';
}

const OTHER_SERVER =
  'The SQLite file of DATABASE_URL was handed over to another database than POSTGRES_URL names: set POSTGRES_URL to that one and restart.';

const OTHER_FILE =
  'PostgreSQL was handed back to another SQLite file than DATABASE_URL names: set DATABASE_URL to the file that pnpm ops:rollback went back to, and restart.';

function neither(message: string): InCharge {
  return { side: 'neither', why: { ready: false, reason: 'another database is in charge', message } };
}

function unknown(said: string): InCharge {
  const message = `Which database is in charge cannot be told until both can be read: ${said}`;
  return {
    side: 'unknown',
    why: { ready: false, reason: 'not known which database is in charge', message },
  };
}
