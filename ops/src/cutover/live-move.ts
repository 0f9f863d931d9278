import type { Client } from 'pg';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';

/** States in which the rows of a database belong to a live move that goes on. */
const UNDER_WAY = ['claimed', 'moving', 'aborting'];

/** The state of the last live move into a database, and the file that it came from; undefined when there was none. */
async function lastMove(client: Client): Promise<{ state: string; source: string } | undefined> {
  const { rows: records } = await client.query(
    `SELECT FROM pg_tables WHERE schemaname = 'vatevo_cutover' AND tablename = 'move'`,
  );
  if (records.length === 0) return undefined;
  const { rows } = await client.query<{ state: string; source: string }>(
    'SELECT state, source_name AS source FROM vatevo_cutover.move ORDER BY number DESC LIMIT 1',
  );
  return rows[0];
}

/** Whether what is written to a database can still be taken back to SQLite. */
export async function isWayBackOpen(client: Client): Promise<boolean> {
  return (await lastMove(client))?.state === 'serving';
}

/** A refusal, exit code 4, when a live move into the database is under way: its rows are the move's to deal with. */
export async function findLiveMove(client: Client): Promise<OpsError | undefined> {
  const move = await lastMove(client);
  if (move === undefined || !UNDER_WAY.includes(move.state)) return undefined;
  return new OpsError(
    ExitCode.notReady,
    `A live move of ${move.source} into this database is under way (it is ${move.state}), so it does not hold all the data yet.`,
    {
      remedy: [
        'pnpm ops:cutover status --source FILE says what comes next; finish hands over, abort gives it up.',
      ],
    },
  );
}
