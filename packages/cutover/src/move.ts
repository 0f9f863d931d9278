import { randomUUID } from 'node:crypto';
import type { Endpoints } from '@vatevo/transfer';
import { lockTransfer, ReaderPool, Session, TransferError } from '@vatevo/transfer/engine';
import type { Client } from 'pg';
import { FileLedger, type FileRecord } from './file/ledger.ts';
import { OUR_TABLES } from './file/names.ts';
import type { FileState } from './machine.ts';
import { type MoveRecord, ServerLedger, type SourceFormat } from './server/ledger.ts';
import { passFence, type ServedTable, servedTables } from './server/triggers.ts';

/** The two databases of a move. */
export interface MoveOptions extends Omit<Endpoints, 'readable' | 'readers'> {
  readonly format: SourceFormat;
  /** Every table that the service keeps rows in, those that an older file lacks among them. */
  readonly servedTables: readonly string[];
}

/** A killed command's session may outlive it a little: how long its lock is waited for, in milliseconds. */
export const LOCK_WAIT = 10_000;
export const READERS = 2;

/** What the steps of a command work with, while it holds the lock of the move. */
export interface Move {
  readonly options: MoveOptions;
  readonly session: Session;
  /** The connection that holds the lock: the only one that changes the server's state. */
  readonly client: Client;
  readonly server: ServerLedger;
  readonly file: FileLedger;
  /** Connections for the readers, the client the first of them. */
  readonly clients: () => Promise<[Client, ...Client[]]>;
  readonly pool: () => ReaderPool;
  /** The service's tables as they are in PostgreSQL. */
  served(): Promise<readonly ServedTable[]>;
  /** The states as they are, after the file was adopted. */
  look(): Promise<{ readonly file: FileState; readonly record: MoveRecord | undefined }>;
}

/**
 * Takes the lock of the move, adopts the file, and works.
 *
 * @param makeFile makes the file when it is not there yet, under the lock
 */
export async function withMove<Result>(
  options: MoveOptions,
  work: (move: Move) => Promise<Result>,
  makeFile: (session: Session, server: ServerLedger) => Promise<void> = async () => undefined,
): Promise<Result> {
  const { source } = options;
  const endpoints: Endpoints = {
    ...options,
    connect: async () => {
      const client = await options.connect();
      await passFence(client);
      return client;
    },
    readable: source,
    readers: READERS,
    mapping: {
      ...options.mapping,
      leaveBehind: [...(options.mapping.leaveBehind ?? []), ...OUR_TABLES],
    },
  };
  return Session.use(endpoints, async (session) => {
    const client = await session.client();
    await lockTransfer(client, LOCK_WAIT);
    const server = new ServerLedger(client);
    await makeFile(session, server);
    const file = new FileLedger(source, randomUUID());
    let pool: ReaderPool | undefined;
    let clients: Promise<[Client, ...Client[]]> | undefined;
    try {
      const known = await server.read();
      // Before it is adopted: whoever moves it into another database must not be disturbed by a wrong address.
      file.adopt((found) => refuseOtherMove(source, found, known));
      return await work({
        options,
        session,
        client,
        server,
        file,
        clients: () => {
          clients ??= session.clients(client);
          return clients;
        },
        pool: () => {
          pool ??= ReaderPool.openLive(source, READERS);
          return pool;
        },
        served: () => servedTables(client, session.schema, options.servedTables),
        look: async () => {
          const record = await server.read();
          refuseOtherMove(source, file.read(), record);
          return { file: file.state(), record };
        },
      });
    } finally {
      await pool?.close();
      file.close();
    }
  });
}

function refuseOtherMove(file: string, found: FileRecord | undefined, record: MoveRecord | undefined): void {
  if (found === undefined || found.state === 'open') return;
  if (record === undefined || record.id === found.move) return;
  throw new TransferError(
    'wrong-state',
    `${file} takes part in another move than the one into this database: check POSTGRES_URL and --source.`,
  );
}
