import type { ConnectionFailure } from '@vatevo/connection';
import type { FileState, ServerState, Unknown } from '@vatevo/cutover-state';

/** What an operator wants to know of a database, beyond that it answers. */
export interface DatabaseState {
  /** How many migrations stand how; null when this role may not look. */
  readonly migrations: MigrationCounts | null;
  /** Transfers into this database by their state; null when this role may not look. */
  readonly transfers: Readonly<Record<string, number>> | null;
  /** How far the database is in a cutover; null when it takes part in none, or this role may not look. */
  readonly cutover: FileState | ServerState | Unknown | null;
  /** How much of their range the ids have used, a line for each table that counts. */
  readonly identities: readonly IdentityUse[];
}

export interface MigrationCounts {
  readonly applied: number;
  readonly pending: number;
  readonly failed: number;
  readonly edited: number;
  /** Made by a newer release than this one. */
  readonly unknown: number;
}

export interface IdentityUse {
  readonly table: string;
  /** The highest id that was ever assigned; 0 when none was. */
  readonly highest: number;
  /** The highest that the column can hold. */
  readonly limit: number;
}

export type StateReading =
  | {
      readonly ok: true;
      readonly state: DatabaseState;
      /** Milliseconds to connect and get all answers. */
      readonly latencyMs: number;
    }
  | {
      readonly ok: false;
      readonly reason: ConnectionFailure | 'locked';
      /** One sentence, without a secret; it names host and user. */
      readonly message: string;
    };
