import { type MoveCommand, MoveDiffersError, type MoveStatus } from '@vatevo/cutover';
import type { FileState, ServerState } from '@vatevo/cutover-state';
import { formatCount, type Reporter } from '@vatevo/shell';
import { type Caller, sentenceOf } from '../transfer/next.ts';
import { showDifferences } from '../transfer/show.ts';

const FILE: Readonly<Record<FileState, string>> = {
  released: 'takes writes, and is not part of a move',
  capturing: 'takes writes, and logs them for PostgreSQL',
  fenced: 'takes no writes: a hand-over is under way, or was interrupted',
  'handed-over': 'takes no writes: PostgreSQL has taken over',
};

const SERVER: Readonly<Record<ServerState, string>> = {
  none: 'is not part of a move',
  reserved: 'waits for the first rows',
  moving: 'follows the file, and serves nothing yet',
  aborting: 'is being cleared of a move that was given up',
  serving: 'has taken over, and logs its changes for failback',
  fenced: 'takes no writes: it is handing back to SQLite, or was interrupted at that',
  'failed-back': 'has handed back to SQLite',
  closed: 'has taken over for good',
};

/** How a command is typed, and what is to be said of it. */
const COMMANDS: Readonly<Record<MoveCommand, readonly [command: string, remark?: string]>> = {
  start: ['cutover start'],
  finish: ['cutover finish'],
  abort: ['cutover abort'],
  rollback: ['rollback'],
  close: ['cutover close', 'when all is well'],
};

function showNext(next: readonly MoveCommand[], { typed }: Caller): string {
  const shown = next.map((name) => {
    const [command, ...remark] = COMMANDS[name];
    return [typed(command), ...remark].join(' ');
  });
  return shown.length === 0 ? 'nothing' : shown.join(', or ');
}

/** What an operator should know of a file that went back in time, and was moved all the same. */
export function showCopiedAnew(
  done: { readonly copiedAnew: boolean },
  of: { readonly source: string },
): string[] {
  if (!done.copiedAnew) return [];
  return [
    `${of.source} had gone back in time: it lacked changes that PostgreSQL held already (after a power failure, or put back from a snapshot). Every row was copied and compared again.`,
  ];
}

/** Where the file of a move is, when PostgreSQL cannot be asked. */
export function showFile(file: FileState): string {
  return `SQLite is ${file}: it ${FILE[file]}.`;
}

/** How a move stands, for people: where each database is, and what comes next. */
export function showStatus(
  { file, server, lag, wentBack, fault, next, verified, downtimeMs }: MoveStatus,
  caller: Caller,
): string[] {
  return [
    showFile(file),
    `PostgreSQL is ${server}: it ${SERVER[server]}.`,
    ...(lag === undefined ? [] : [`Lag: ${formatCount(Number(lag))} changes.`]),
    ...(wentBack
      ? [
          'The file has gone back in time: it lacks changes that PostgreSQL holds. The next command copies and compares every row again.',
        ]
      : []),
    ...(server === 'moving' ? [verified ? 'Every row was compared once.' : 'Not compared yet.'] : []),
    ...(downtimeMs === undefined
      ? []
      : [`At the hand-over nothing could be written for ${Math.ceil(downtimeMs)} ms.`]),
    fault ? sentenceOf(fault, caller) : `Next: ${showNext(next, caller)}.`,
  ];
}

/** Differences are shown in full before their sentence is. */
export async function showing<Result>(report: Reporter, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MoveDiffersError) {
      showDifferences(report, error.differences);
      report.result({ differences: error.differences }, []);
    }
    throw error;
  }
}
