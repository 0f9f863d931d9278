import { isSqlState, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import { ExitCode, OpsError } from '@vatevo/shell';
import { TransferError, type TransferErrorKind } from '@vatevo/transfer';
import { type Caller, sentenceOf } from './next.ts';

const exitCodeOf: Readonly<Record<TransferErrorKind, ExitCode>> = {
  'source-unusable': ExitCode.sourceRefused,
  'source-refused': ExitCode.sourceRefused,
  'source-changed': ExitCode.sourceRefused,
  'source-busy': ExitCode.sourceRefused,
  'target-not-empty': ExitCode.notReady,
  'target-unfit': ExitCode.notReady,
  'target-silent': ExitCode.cannotConnect,
  unfinished: ExitCode.notReady,
  locked: ExitCode.locked,
  differences: ExitCode.differs,
  'wrong-state': ExitCode.notReady,
};

/** Turns what the engine or the driver threw into what the operator can act on; never returns. */
export function rethrow(error: unknown, target: PostgresTarget, run: Caller): never {
  if (error instanceof TransferError) throw refusalOf(error, run);
  if (isSqlState(error, 'insufficient_privilege')) {
    throw new OpsError(
      ExitCode.notReady,
      `The role "${target.user}" lacks a privilege that the transfer needs: ${(error as Error).message}.`,
      {
        remedy: [
          'The role must own the tables and may create a schema for the ledger:',
          `GRANT CREATE ON DATABASE "${target.database}" TO "${target.user}";`,
        ],
        cause: error,
      },
    );
  }
  if (isSqlState(error, 'disk_full')) {
    throw new OpsError(
      ExitCode.notReady,
      `The disk of the PostgreSQL server is full: ${(error as Error).message}.`,
      {
        remedy: ['Make room there, then run the same command again: it goes on where it stopped.'],
        cause: error,
      },
    );
  }
  const connection = toConnectionError(error, target);
  throw connection.reason === 'unknown' ? error : connection;
}

/** An expected end of the engine's work, with its exit code. */
export function refusalOf(error: TransferError, run: Caller): OpsError {
  return new OpsError(exitCodeOf[error.kind], sentenceOf(error, run), { cause: error });
}
