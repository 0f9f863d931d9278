import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { TransferError } from '../../errors.ts';

/**
 * Refuses a source that cannot fit. PostgreSQL needs about as much room for rows and indexes as SQLite did
 * (headers and indexes cost more, compressed texts less), so the source's own size is the estimate.
 *
 * @param told bytes that are free as the operator knows it; undefined to look, where that can be done
 * @throws TransferError `target-unfit`
 */
export async function refuseFullDisk(
  client: ClientBase,
  needed: number,
  told: number | undefined,
): Promise<void> {
  const free = told ?? (await visibleFreeSpace(client));
  if (free === undefined || free >= needed) return;
  throw new TransferError(
    'target-unfit',
    `The target has ${megabytes(free)} free, but the source holds ${megabytes(needed)} and PostgreSQL needs about as much.`,
    { next: { step: 'tell-free-space' } },
  );
}

interface Place {
  folder: string | null;
  tablespace: string;
  port: string;
  started: string;
}

/** Seconds between a server's start, as its pid file tells it, and the moment that SQL calls the start. */
const MAX_SECONDS_TO_START = 60;

/**
 * Bytes that are free where the current database keeps its tables; undefined when that cannot be seen.
 *
 * SQL does not tell. It can be seen when the server runs on this very machine, says where its data lies
 * (superusers and pg_read_all_settings), and we may look there. An address proves nothing, since proxies stand
 * in between: the folder counts as the server's when the pid file in it tells of this very server.
 */
export async function visibleFreeSpace(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<Place>(`
    SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS folder,
           pg_tablespace_location(dattablespace) AS tablespace,
           current_setting('port') AS port,
           floor(extract(epoch FROM pg_postmaster_start_time()))::text AS started
    FROM pg_database WHERE datname = current_database()`);
  const [place] = rows;
  if (!place?.folder) return undefined;
  try {
    if (!isPidFileOf(await readFile(join(place.folder, 'postmaster.pid'), 'utf8'), place)) return undefined;
    const { bavail, bsize } = await statfs(place.tablespace || place.folder);
    return bavail * bsize;
  } catch {
    // Another machine, or a folder that is not for our eyes.
    return undefined;
  }
}

/** Its lines are the process, the data folder, the start in seconds, the port. */
function isPidFileOf(text: string, place: Place): boolean {
  const [, folder, started, port] = text.split('\n');
  const took = Number(place.started) - Number(started);
  return folder === place.folder && port === place.port && took >= 0 && took <= MAX_SECONDS_TO_START;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)
    .toLocaleString('en')
    .replaceAll(',', ' ')} MB`;
}
