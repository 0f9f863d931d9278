import {
  canTransition,
  type FileState,
  Proof,
  type ServerState,
  type ServerTransitionName,
  STORED_IN_SERVER,
  serverState,
  TRANSITIONS,
} from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';
import type { LogPlace } from '@vatevo/transfer/pipeline';
import { inTransaction } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import type { FileIdentity } from '../file/identity.ts';
import type { FileSchema } from '../file/schema.ts';
import { known } from '../known.ts';
import { createSchema, SCHEMA, schemaExists } from './schema.ts';

export interface MoveRecord {
  readonly id: string;
  readonly state: ServerState;
  readonly sourceName: string;
  /** Undefined in a move that an earlier release began. */
  readonly sourcePath: string | undefined;
  readonly format: SourceFormat;
  /** The transfer's run that the rows belong to; undefined before the first row. */
  readonly runId: string | undefined;
  readonly identity: FileIdentity | undefined;
  /** The place in the file's change log that the rows stand at. */
  readonly applied: bigint;
  /** The last place in the file's log that rows or proofs rest on: a file whose log lacks it has gone back in time. */
  readonly seen: LogPlace;
  /** The place up to which they are proven; undefined before all of them were compared. */
  readonly verified: bigint | undefined;
  /** The place in the file's log at which the checksums of its rows were taken. */
  readonly checksumsAt: bigint | undefined;
  /** Milliseconds for which nothing could be written at the last hand-over. */
  readonly downtimeMs: number | undefined;
  /** The file that a failback leads to, once PostgreSQL was fenced for it. */
  readonly returnInode: string | undefined;
  readonly startedAt: Date;
}

export type SourceFormat = 'legacy' | 'own';

interface Row {
  id: string;
  state: string;
  source_name: string;
  format: SourceFormat;
  run_id: string | null;
  inode: string | null;
  schema_version: string | null;
  applied: string;
  seen: string | null;
  seen_mark: string | null;
  verified: string | null;
  checksums_at: string | null;
  downtime_ms: number | null;
  return_inode: string | null;
  source_path: string | null;
  source_schema: string | null;
  started_at: Date;
}

/**
 * PostgreSQL's half of a move, on the connection that holds the lock of the move: when that connection is lost,
 * so is the power to change anything.
 */
export class ServerLedger {
  readonly client: Client;
  readonly #proof: Proof;
  /** Whether the schema is there for good: nobody removes it, but a transaction that makes it may be undone. */
  #isMade = false;
  #mayBeUndone = false;

  constructor(client: Client, proof = new Proof()) {
    this.client = client;
    this.#proof = proof;
  }

  async state(): Promise<ServerState> {
    return (await this.read())?.state ?? 'none';
  }

  /** The last move; undefined when there was none, or it was given up. */
  async read(): Promise<MoveRecord | undefined> {
    if (!this.#isMade) {
      const isThere = await schemaExists(this.client);
      this.#isMade = isThere && !this.#mayBeUndone;
      if (!isThere) return undefined;
    }
    const { rows } = await this.client.query<Row>(
      // Columns that an earlier release did not make are read so that they may be missing.
      `SELECT id, state, source_name, format, run_id, inode, schema_version, applied, verified, checksums_at, downtime_ms, return_inode, started_at,
              to_jsonb(m) ->> 'source_path' AS source_path, to_jsonb(m) ->> 'source_schema' AS source_schema,
              to_jsonb(m) ->> 'seen' AS seen, to_jsonb(m) ->> 'seen_mark' AS seen_mark
       FROM ${SCHEMA}.move m ORDER BY number DESC LIMIT 1`,
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** Begins a move, which is `reserved`. @param also done in the same transaction */
  async reserve(
    move: Pick<MoveRecord, 'id' | 'sourceName' | 'sourcePath' | 'format'>,
    file: FileState,
    also: () => Promise<void>,
  ): Promise<void> {
    await this.#durably(async () => {
      await createSchema(this.client);
      await this.#check('reserve', file);
      await this.client.query(
        `INSERT INTO ${SCHEMA}.move (id, state, source_name, source_path, format) VALUES ($1, $2, $3, $4, $5)`,
        [move.id, STORED_IN_SERVER.reserved, move.sourceName, move.sourcePath, move.format],
      );
      await also();
    });
  }

  /** Makes a transition. @param also done in the same transaction, before the state changes */
  async transition(
    name: Exclude<ServerTransitionName, 'reserve'>,
    file: FileState,
    also: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.#durably(async () => {
      const number = await this.#check(name, file);
      await also();
      const { to } = TRANSITIONS[name];
      // Its line is gone.
      if (to === 'none') return;
      await this.client.query(
        `UPDATE ${SCHEMA}.move SET state = $2, changed_at = clock_timestamp() WHERE number = $1`,
        [number, STORED_IN_SERVER[to]],
      );
    });
  }

  /** Keeps facts about the move; the state is not among them. */
  async keep(
    id: string,
    facts: {
      runId?: string;
      applied?: bigint;
      verified?: bigint;
      checksumsAt?: bigint;
      downtimeMs?: number;
      returnInode?: string;
    },
  ): Promise<void> {
    const { runId, applied, verified, checksumsAt, downtimeMs, returnInode } = facts;
    await this.client.query(
      `UPDATE ${SCHEMA}.move SET run_id = coalesce($2, run_id), applied = coalesce($3, applied),
              verified = coalesce($4, verified), downtime_ms = coalesce($5, downtime_ms),
              return_inode = coalesce($6, return_inode), checksums_at = coalesce($7, checksums_at) WHERE id = $1`,
      [id, runId, applied, verified, downtimeMs, returnInode, checksumsAt],
    );
  }

  async keepIdentity(id: string, { inode, schemaVersion, schema }: FileIdentity): Promise<void> {
    await this.client.query(
      `UPDATE ${SCHEMA}.move SET inode = $2, schema_version = $3, source_schema = $4 WHERE id = $1`,
      [id, inode, schemaVersion, schema && JSON.stringify(schema)],
    );
  }

  /** Forgets that rows were compared, in the transaction that is open. */
  async forgetProof(id: string): Promise<void> {
    await this.client.query(`DELETE FROM ${SCHEMA}.row_checksum WHERE move_id = $1`, [id]);
    await this.client.query(`UPDATE ${SCHEMA}.move SET verified = NULL, checksums_at = NULL WHERE id = $1`, [
      id,
    ]);
  }

  /** Keeps the place in the file's log that rows rest on which the open transaction of a connection writes. */
  async keepSeen(id: string, { seq, mark }: LogPlace, client: Client = this.client): Promise<void> {
    await client.query(
      `UPDATE ${SCHEMA}.move SET seen = $2, seen_mark = $3 WHERE id = $1 AND (seen, seen_mark) <> ($2, $3) AND seen <= $2`,
      [id, seq, mark],
    );
  }

  /** Forgets all that was read of the file, in the transaction that is open. */
  async forgetProgress(id: string): Promise<void> {
    await this.client.query(`DELETE FROM ${SCHEMA}.row_checksum WHERE move_id = $1`, [id]);
    await this.client.query(
      `UPDATE ${SCHEMA}.move SET applied = 0, seen = 0, seen_mark = 0, verified = NULL, checksums_at = NULL WHERE id = $1`,
      [id],
    );
  }

  /** Forgets the last move, in the transaction that is open. */
  async forget(): Promise<void> {
    await this.client.query(
      `DELETE FROM ${SCHEMA}.move WHERE number = (SELECT max(number) FROM ${SCHEMA}.move)`,
    );
  }

  /**
   * A transaction that a crash of the server does not take back once it is committed, whatever the role or the
   * database chose for `synchronous_commit`: the other database's state may rest on it. (`remote_apply` is stronger.)
   */
  async #durably(work: () => Promise<void>): Promise<void> {
    this.#mayBeUndone = true;
    try {
      await inTransaction(this.client, 'BEGIN', async () => {
        await this.client.query(
          `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') <> 'remote_apply'`,
        );
        await work();
      });
    } finally {
      this.#mayBeUndone = false;
    }
  }

  async #check(name: ServerTransitionName, file: FileState): Promise<string | undefined> {
    const { rows } = await this.client.query<{ number: string; state: string }>(
      `SELECT number, state FROM ${SCHEMA}.move ORDER BY number DESC LIMIT 1 FOR UPDATE`,
    );
    const state = rows[0] ? stateOf(rows[0].state) : 'none';
    if (canTransition(name, { file, server: state, proven: this.#proof.holds })) {
      this.#proof.spend();
      return rows[0]?.number;
    }
    throw new TransferError(
      'wrong-state',
      `PostgreSQL is ${state} and the file is ${file}, from where "${name}" is no step.`,
      { next: { step: 'status' } },
    );
  }
}

function stateOf(stored: string): ServerState {
  return known('PostgreSQL', { state: serverState(stored), stored });
}

function toRecord(row: Row): MoveRecord {
  const optional = (text: string | null) => (text === null ? undefined : BigInt(text));
  const schemaVersion = optional(row.schema_version);
  return {
    id: row.id,
    state: stateOf(row.state),
    sourceName: row.source_name,
    sourcePath: row.source_path ?? undefined,
    format: row.format,
    runId: row.run_id ?? undefined,
    identity:
      row.inode === null || schemaVersion === undefined
        ? undefined
        : {
            inode: row.inode,
            schemaVersion,
            schema: row.source_schema === null ? undefined : (JSON.parse(row.source_schema) as FileSchema),
          },
    applied: BigInt(row.applied),
    seen: { seq: BigInt(row.seen ?? 0), mark: BigInt(row.seen_mark ?? 0) },
    verified: optional(row.verified),
    checksumsAt: optional(row.checksums_at),
    downtimeMs: row.downtime_ms ?? undefined,
    returnInode: row.return_inode ?? undefined,
    startedAt: row.started_at,
  };
}
