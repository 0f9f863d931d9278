/**
 * What every ops command's exit code means. Scripts and CI read these, so a
 * code never changes its meaning.
 *
 * A run ended by a signal exits with 128 + the signal's number instead
 * (SIGINT 130, SIGTERM 143), as shells do.
 */
export const ExitCode = {
  /** Everything that was asked for is done. */
  done: 0,
  /** A fault nobody foresaw: a bug here, or a surprise from a library or the machine. */
  unexpected: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No connection: refused, timed out, TLS refused, wrong password, database missing and not creatable. */
  cannotConnect: 3,
  /** Migrations failed, drifted or ahead of this code; privileges missing; a transfer unfinished. */
  notReady: 4,
  /** The source was refused: bad data, or rows were quarantined; or a backup is damaged. */
  sourceRefused: 5,
  /** Verification found differences. */
  differs: 6,
  /** Another run holds the lock. */
  locked: 7,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
