import { realpathSync } from 'node:fs';
import type { FileState, ServerState } from '@vatevo/cutover-state';
import { beginRead, endOfLog, holdsPlace, openSource } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import { readRecord } from './file/ledger.ts';
import type { MoveOptions } from './move.ts';
import { ServerLedger } from './server/ledger.ts';

export interface MoveStatus {
  readonly file: FileState;
  readonly server: ServerState;
  readonly moveId: string | undefined;
  /** Lines of the file's log that PostgreSQL has not applied; undefined when the file logs nothing, or has gone back. */
  readonly lag: bigint | undefined;
  /** Whether the file has lost changes that PostgreSQL holds: the next command copies every row anew. */
  readonly wentBack: boolean;
  /** Whether every row was compared once. */
  readonly verified: boolean;
  readonly downtimeMs: number | undefined;
}

/** How a move stands. Changes nothing, and waits for no lock. */
export async function status(options: Pick<MoveOptions, 'source' | 'connect'>): Promise<MoveStatus> {
  const client: Client = await options.connect();
  try {
    const record = await new ServerLedger(client).read();
    const db = openSource(realpathSync(options.source));
    try {
      beginRead(db);
      const found = readRecord(db);
      const logs = found && (found.state === 'capturing' || found.state === 'fenced');
      const wentBack = logs === true && record?.state === 'moving' && !holdsPlace(db, record.seen);
      const end = logs && !wentBack ? endOfLog(db) : undefined;
      return {
        file: found?.state ?? 'released',
        server: record?.state ?? 'none',
        moveId: record?.id ?? found?.move,
        lag: end === undefined || !record ? undefined : end.seq - record.applied,
        wentBack,
        verified: record?.verified !== undefined,
        downtimeMs: record?.downtimeMs,
      };
    } finally {
      db.close();
    }
  } finally {
    await client.end();
  }
}
