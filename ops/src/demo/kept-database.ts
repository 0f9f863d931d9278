import { isSqlState, TRANSFER_RUNS, tableExists } from '@vatevo/connection';
import { type LocalPostgres, removeLocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import pg from 'pg';

/** The database that the demo fills; `ops:prepare-postgres` creates it. */
export const DATABASE = 'vatevo';

/** What an earlier run of the demo put into its database. */
export interface Held {
  /** Name of the SQLite file that it came from. */
  readonly source: string;
  /** When the move was complete; `undefined` when it was interrupted. */
  readonly completedAt: Date | undefined;
}

/** Starts the demo's PostgreSQL, whose data is kept in the folder. */
export async function startDatabase(dataDir: string, begin: 'anew' | 'as it is'): Promise<LocalPostgres> {
  if (begin === 'anew') await removeLocalPostgres(dataDir);
  return startLocalPostgres({ dataDir });
}

/** Reads the transfer engine's ledger; `undefined` when nothing was ever moved. */
export async function readHeld(server: LocalPostgres): Promise<Held | undefined> {
  const client = new pg.Client({ connectionString: server.url(DATABASE), ssl: false });
  try {
    await client.connect();
    if (!(await tableExists(client, TRANSFER_RUNS))) return undefined;
    const { rows } = await client.query<{ source: string; completed_at: Date | null }>(
      `SELECT source_name AS source, completed_at FROM ${TRANSFER_RUNS} ORDER BY id DESC LIMIT 1`,
    );
    const run = rows[0];
    return run && { source: run.source, completedAt: run.completed_at ?? undefined };
  } catch (error) {
    if (isSqlState(error, 'invalid_catalog_name')) return undefined;
    throw error;
  } finally {
    await client.end();
  }
}
