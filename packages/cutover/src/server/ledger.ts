import { inTransaction, TransferError } from '@vatevo/transfer/engine';
import type { Client } from 'pg';
import type { FileIdentity } from '../file/identity.ts';
import {
  type FileState,
  mayGo,
  type ServerState,
  type ServerTransitionName,
  TRANSITIONS,
} from '../machine.ts';
import { createSchema, SCHEMA, schemaExists } from './schema.ts';

export interface MoveRecord {
  readonly id: string;
  readonly state: ServerState;
  readonly sourceName: string;
  readonly format: SourceFormat;
  /** The transfer's run that the rows belong to; undefined before the first row. */
  readonly runId: string | undefined;
  readonly identity: FileIdentity | undefined;
  /** The place in the file's change log that the rows stand at. */
  readonly applied: bigint;
  /** The place up to which they are proven; undefined before all of them were compared. */
  readonly verified: bigint | undefined;
  /** The place in the file's log at which the checksums of its rows were taken. */
  readonly checksumsAt: bigint | undefined;
  /** Milliseconds for which nothing could be written at the last hand-over. */
  readonly downtimeMs: number | undefined;
  /** The file that a way back leads to, once PostgreSQL was fenced for it. */
  readonly returnInode: string | undefined;
  readonly startedAt: Date;
}

export type SourceFormat = 'legacy' | 'own';

interface Row {
  id: string;
  state: ServerState;
  source_name: string;
  format: SourceFormat;
  run_id: string | null;
  inode: string | null;
  schema_version: string | null;
  applied: string;
  verified: string | null;
  checksums_at: string | null;
  downtime_ms: number | null;
  return_inode: string | null;
  started_at: Date;
}

/**
 * PostgreSQL's half of a move, on the connection that holds the lock of the move: when that connection is lost,
 * so is the power to change anything.
 */
export class ServerLedger {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  async state(): Promise<ServerState> {
    return (await this.read())?.state ?? 'none';
  }

  /** The last move; undefined when there was none, or it was given up. */
  async read(): Promise<MoveRecord | undefined> {
    if (!(await schemaExists(this.client))) return undefined;
    const { rows } = await this.client.query<Row>(
      `SELECT id, state, source_name, format, run_id, inode, schema_version, applied, verified, checksums_at, downtime_ms, return_inode, started_at
       FROM ${SCHEMA}.move ORDER BY number DESC LIMIT 1`,
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** Begins a move. @param also done in the same transaction */
  async claim(
    move: Pick<MoveRecord, 'id' | 'sourceName' | 'format'>,
    file: FileState,
    also: () => Promise<void>,
  ): Promise<void> {
    await inTransaction(this.client, 'BEGIN', async () => {
      await createSchema(this.client);
      await this.#check('claim', file);
      await this.client.query(
        `INSERT INTO ${SCHEMA}.move (id, state, source_name, format) VALUES ($1, 'claimed', $2, $3)`,
        [move.id, move.sourceName, move.format],
      );
      await also();
    });
  }

  /** Makes a transition. @param also done in the same transaction, before the state changes */
  async go(
    name: Exclude<ServerTransitionName, 'claim'>,
    file: FileState,
    also: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    await inTransaction(this.client, 'BEGIN', async () => {
      const number = await this.#check(name, file);
      await also();
      await this.client.query(
        `UPDATE ${SCHEMA}.move SET state = $2, changed_at = clock_timestamp() WHERE number = $1`,
        [number, TRANSITIONS[name].to],
      );
    });
  }

  /** Keeps facts about the move; the state is not among them. */
  async keep(
    id: string,
    facts: {
      runId?: string;
      identity?: FileIdentity;
      applied?: bigint;
      verified?: bigint;
      checksumsAt?: bigint;
      downtimeMs?: number;
      returnInode?: string;
    },
  ): Promise<void> {
    const { runId, identity, applied, verified, checksumsAt, downtimeMs, returnInode } = facts;
    await this.client.query(
      `UPDATE ${SCHEMA}.move SET run_id = coalesce($2, run_id), inode = coalesce($3, inode),
              schema_version = coalesce($4, schema_version), applied = coalesce($5, applied),
              verified = coalesce($6, verified), downtime_ms = coalesce($7, downtime_ms),
              return_inode = coalesce($8, return_inode), checksums_at = coalesce($9, checksums_at) WHERE id = $1`,
      [
        id,
        runId,
        identity?.inode,
        identity?.schemaVersion,
        applied,
        verified,
        downtimeMs,
        returnInode,
        checksumsAt,
      ],
    );
  }

  /** Forgets the last move, in the transaction that is open. */
  async forget(): Promise<void> {
    await this.client.query(
      `DELETE FROM ${SCHEMA}.move WHERE number = (SELECT max(number) FROM ${SCHEMA}.move)`,
    );
  }

  async #check(name: ServerTransitionName, file: FileState): Promise<string | undefined> {
    const { rows } = await this.client.query<{ number: string; state: ServerState }>(
      `SELECT number, state FROM ${SCHEMA}.move ORDER BY number DESC LIMIT 1 FOR UPDATE`,
    );
    const state = rows[0]?.state ?? 'none';
    if (mayGo(name, { file, server: state })) return rows[0]?.number;
    throw new TransferError(
      'wrong-state',
      `PostgreSQL is ${state} and the file is ${file}, from where "${name}" is no step: look with ops:cutover status.`,
    );
  }
}

function toRecord(row: Row): MoveRecord {
  const optional = (text: string | null) => (text === null ? undefined : BigInt(text));
  const schemaVersion = optional(row.schema_version);
  return {
    id: row.id,
    state: row.state,
    sourceName: row.source_name,
    format: row.format,
    runId: row.run_id ?? undefined,
    identity:
      row.inode === null || schemaVersion === undefined ? undefined : { inode: row.inode, schemaVersion },
    applied: BigInt(row.applied),
    verified: optional(row.verified),
    checksumsAt: optional(row.checksums_at),
    downtimeMs: row.downtime_ms ?? undefined,
    returnInode: row.return_inode ?? undefined,
    startedAt: row.started_at,
  };
}
