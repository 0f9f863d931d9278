import { ConfigurationError, ConnectionError } from '@vatevo/connection';
import { SchemaEngineError } from '@vatevo/schema-engine/error';
import { MigrateError } from '../migrate/error.ts';
import { MigrationError } from '../migrations/error.ts';
import { RolesError } from '../roles/set-up-roles.ts';

/** The exit codes of these commands; docs/architecture.md lists those of all. */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  usage: 2,
  cannotConnect: 3,
  /** Migrations failed, drifted or ahead of this code; privileges missing. */
  notReady: 4,
  /** Another run is at work. */
  locked: 7,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code that an error deserves; `unexpected` when nobody foresaw it. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigurationError) return ExitCode.usage;
  if (error instanceof ConnectionError) {
    return error.reason === 'permission' ? ExitCode.notReady : ExitCode.cannotConnect;
  }
  if (error instanceof MigrationError) return error.kind === 'busy' ? ExitCode.locked : ExitCode.notReady;
  if (error instanceof MigrateError || error instanceof RolesError) return ExitCode.notReady;
  if (error instanceof SchemaEngineError) return ExitCode.notReady;
  return ExitCode.unexpected;
}
