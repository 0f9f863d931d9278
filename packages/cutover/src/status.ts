import { realpathSync } from 'node:fs';
import type { FileState, ServerState } from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';
import { Connections, openPostgres } from '@vatevo/transfer/postgres';
import { beginRead, endOfLog, holdsPlace, useSource } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { identify, refuseHoldersOfOldFile, refuseOtherFile } from './file/identity.ts';
import { type FileRecord, readRecord } from './file/ledger.ts';
import { refuseLostHandOver } from './forward/lost-hand-over.ts';
import { type MoveOptions, refuseOtherMove } from './move.ts';
import { failedBackElsewhere, logsNothing, unknownMove } from './out-of-place.ts';
import { type MoveRecord, ServerLedger } from './server/ledger.ts';

export type MoveCommand = 'start' | 'finish' | 'abort' | 'rollback' | 'close';

export interface MoveStatus {
  readonly file: FileState;
  readonly server: ServerState;
  readonly moveId: string | undefined;
  /** Lines of the file's log that PostgreSQL has not applied; undefined when the file logs nothing, or has gone back. */
  readonly lag: bigint | undefined;
  /** Whether the file has lost changes that PostgreSQL holds: the next command copies every row anew. */
  readonly wentBack: boolean;
  /** Why the move cannot go on. */
  readonly fault: TransferError | undefined;
  /** The commands that lead on, the usual one first; none once the move is closed. */
  readonly next: readonly MoveCommand[];
  /** Whether every row was compared once. */
  readonly verified: boolean;
  readonly downtimeMs: number | undefined;
}

const NEXT: Readonly<Record<ServerState, readonly MoveCommand[]>> = {
  none: ['start'],
  reserved: ['start', 'abort'],
  moving: ['finish', 'abort'],
  aborting: ['abort'],
  serving: ['close', 'rollback'],
  fenced: ['rollback'],
  'failed-back': ['start'],
  closed: [],
};

/** What the file alone says. */
export function fileStatus(source: string): FileState {
  return useSource(realpathSync(source), (db) => readRecord(db)?.state ?? 'released');
}

/** How a move stands. Changes nothing, and waits for no lock. */
export async function status(
  options: Pick<MoveOptions, 'source' | 'connect' | 'schema'>,
): Promise<MoveStatus> {
  const connections = new Connections(options.connect, 1);
  try {
    const { client, ledger } = await openPostgres(connections, options.schema ?? 'public');
    const record = await new ServerLedger(client).read();
    const tables = record && isUnderWay(record) ? (await ledger.findRun())?.plan.tables : undefined;
    const file = realpathSync(options.source);
    return useSource(file, (db) => {
      beginRead(db);
      const found = readRecord(db);
      const logs = found && (found.state === 'capturing' || found.state === 'fenced');
      const wentBack = logs === true && record?.state === 'moving' && !holdsPlace(db, record.seen);
      const end = logs && !wentBack ? endOfLog(db) : undefined;
      const server = record?.state ?? 'none';
      return {
        file: found?.state ?? 'released',
        server,
        moveId: record?.id ?? found?.move,
        lag: end === undefined || !record ? undefined : end.seq - record.applied,
        wentBack,
        fault: faultOf(() => refuseVoid({ file, db, found, record, plan: { tables: tables ?? [] } })),
        next: NEXT[server],
        verified: record?.verified !== undefined,
        downtimeMs: record?.downtimeMs,
      };
    });
  } finally {
    await connections.close();
  }
}

const isUnderWay = ({ state }: MoveRecord) => state === 'reserved' || state === 'moving';

interface Found {
  readonly file: string;
  readonly db: Database;
  readonly found: FileRecord | undefined;
  readonly record: MoveRecord | undefined;
  readonly plan: Parameters<typeof refuseOtherFile>[3];
}

/** What the next command would refuse. */
function refuseVoid({ file, db, found, record, plan }: Found): void {
  if (record === undefined) {
    if (found && found.state !== 'released') throw unknownMove(file, found.state);
    return;
  }
  refuseOtherMove(file, found, record);
  if (isUnderWay(record) && found) refuseLostHandOver(file, found);
  if (record.state === 'failed-back' && found?.state === 'handed-over') throw failedBackElsewhere(file);
  if (!isUnderWay(record) || record.identity === undefined) return;
  if (record.state === 'moving' && (found === undefined || found.state === 'released'))
    throw logsNothing(file);
  refuseOtherFile(file, record.identity, identify(file, db), plan);
  refuseHoldersOfOldFile(file);
}

function faultOf(check: () => void): TransferError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof TransferError) return error;
    throw error;
  }
}
