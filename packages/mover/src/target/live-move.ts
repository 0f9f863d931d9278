import { askServerRecord, type ServerRecord, UnknownCutoverStateError } from '@vatevo/cutover-state';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Client } from 'pg';
import type { Run } from '../preset.ts';

/** The record of the last live move into a database; undefined when there was none. */
async function lastMove(client: Client): Promise<ServerRecord | undefined> {
  return askServerRecord(async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows);
}

/** Whether what is written to a database can still be taken back to SQLite. */
export async function isFailbackOpen(client: Client): Promise<boolean> {
  return (await lastMove(client))?.state === 'serving';
}

/** Its rows look like those of an unfinished transfer, and are not for a transfer's commands to resume or compare. */
export async function refuseLiveMove(connect: () => Promise<Client>, run: Pick<Run, 'typed'>): Promise<void> {
  const client = await connect();
  try {
    const live = await findLiveMove(client, run);
    if (live) throw live;
  } finally {
    await client.end();
  }
}

/**
 * A refusal, exit code 4, when a live move into the database is under way: its rows are the move's to deal with; and
 * when only a later release can tell.
 */
export async function findLiveMove(
  client: Client,
  { typed }: Pick<Run, 'typed'>,
): Promise<CommandError | undefined> {
  const move = await lastMove(client);
  if (move === undefined) return undefined;
  switch (move.state) {
    case 'none':
    case 'serving':
    case 'fenced':
    case 'failed-back':
    case 'closed':
      return undefined;
    case 'unknown': {
      const { message } = new UnknownCutoverStateError('This database', move.stored);
      return new CommandError(ExitCode.notReady, message);
    }
    case 'reserved':
    case 'moving':
    case 'aborting':
      return new CommandError(
        ExitCode.notReady,
        `A live move of ${move.sourceName} into this database is under way (it is ${move.state}), so it does not hold all the data yet.`,
        {
          remedy: [
            `${typed('cutover status')} --source FILE says what comes next; finish hands over, abort gives it up.`,
          ],
        },
      );
    default:
      return move.state satisfies never;
  }
}
