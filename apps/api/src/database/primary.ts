import { type FileReading, type Primary, primaryOf, type ServerReading } from '@vatevo/cutover-state';
import { type NotReady, unknownState } from '../readiness/readiness.ts';

/** Which of the two databases of a cutover is to be served, or why none is. */
export type Found =
  | { readonly side: 'file' | 'server' }
  | { readonly side: 'neither' | 'unknown'; readonly why: NotReady };

export function findPrimary(file: FileReading, server: ServerReading): Found {
  const primary = primaryOf(file, server);
  if (primary.side === 'unknown') {
    const message = `Which database is the primary cannot be told until both can be read: ${primary.message}`;
    return {
      side: 'unknown',
      why: { ready: false, reason: 'not known which database is the primary', message },
    };
  }
  return primary.side === 'neither' ? { side: 'neither', why: whyNeither(primary) } : primary;
}

function whyNeither(primary: Extract<Primary, { side: 'neither' }>): NotReady {
  if (primary.because === 'unknown-state') return unknownState(primary.message);
  return { ready: false, reason: 'another database is the primary', message: ELSEWHERE[primary.because] };
}

const ELSEWHERE = {
  'other-server':
    'The SQLite file of DATABASE_URL was handed over to another database than POSTGRES_URL names: set POSTGRES_URL to that one and restart.',
  'other-file':
    'PostgreSQL was handed back to another SQLite file than DATABASE_URL names: set DATABASE_URL to the file that pnpm ops:rollback went back to, and restart.',
};

/** When the primary may be another one: `now`, where one is fenced and writers wait for it. */
export function mayChange(file: FileReading, server: ServerReading): 'now' | 'soon' | 'later' {
  const states = [file.ok && file.record?.state, server.ok && server.record?.state];
  if (states.includes('fenced')) return 'now';
  return (['capturing', 'moving', 'serving'] as const).some((state) => states.includes(state))
    ? 'soon'
    : 'later';
}
