import { ConnectionError, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import { type MigrationStatus, migrationStatus } from '@vatevo/db/migrations';

/**
 * Why this release must not work on a database: its migrations are `newer`, one
 * `failed` half-way or was `edited`, or the schema `drifted` from what they make.
 */
export type TroubledState = 'newer' | 'failed' | 'edited' | 'drifted';

/** How the database's migrations stand to those of this release. */
export interface MigrationState {
  /**
   * `none`: never prepared; `pending`: some are missing; `current`: all are
   * there; `unreadable`: this role may not look.
   */
  readonly state: 'none' | 'pending' | 'current' | 'unreadable' | TroubledState;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** The migrations, or the differences, that are the matter. */
  readonly trouble: readonly string[];
}

/** Reads the state of the migrations. A role that may not read it is told so instead of failed. */
export async function readMigrationState(target: PostgresTarget | SqliteTarget): Promise<MigrationState> {
  try {
    return evaluate(await migrationStatus(target));
  } catch (error) {
    if (!(error instanceof ConnectionError && error.reason === 'permission')) throw error;
    return { state: 'unreadable', applied: [], pending: [], trouble: [] };
  }
}

function evaluate({ applied, pending, unknown, failed, edited, drift }: MigrationStatus): MigrationState {
  const stands = (state: MigrationState['state'], trouble: readonly string[] = []) => ({
    state,
    applied,
    pending,
    trouble,
  });
  if (unknown.length > 0) return stands('newer', unknown);
  if (failed.length > 0) return stands('failed', failed);
  if (edited.length > 0) return stands('edited', edited);
  if (drift)
    return stands(
      'drifted',
      drift.split('\n').filter((line) => line.trim() !== ''),
    );
  if (pending.length === 0) return stands('current');
  return stands(applied.length === 0 ? 'none' : 'pending');
}
