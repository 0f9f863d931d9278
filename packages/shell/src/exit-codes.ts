/**
 * What every command's exit code means. Scripts and CI read these, so a code never changes its meaning.
 *
 * A run ended by a signal exits with 128 + the signal's number instead (SIGINT 130, SIGTERM 143), as shells do.
 */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  usage: 2,
  cannotConnect: 3,
  notReady: 4,
  sourceRefused: 5,
  differs: 6,
  locked: 7,
  ourFault: 8,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** In the words of the documentation (docs/architecture.md). */
export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  done: 'done',
  unexpected: 'unexpected error of the machine, the system or a library',
  usage: 'wrong usage or configuration',
  cannotConnect:
    'cannot connect: refused, timed out, TLS refused, wrong password, or the database is missing and cannot be created',
  notReady:
    'not ready: migrations failed, drifted or newer than this code; privileges missing; a transfer unfinished; target not empty; no room for temporary files',
  sourceRefused:
    'source refused: bad data, a damaged file or backup, or a change during an unfinished transfer; or loaded without the rows in quarantine',
  differs: 'verification found differences',
  locked: 'another run holds the lock',
  ourFault: 'a fault in this program, not in the databases or the input: please report it',
};

type ByKind = Readonly<Record<string, ExitCode>>;

/**
 * The exit codes of our packages' errors, by their names, and where it depends by their kinds or reasons, too; what is
 * not named gets that of `other`.
 *
 * They are told apart by name: several of them live in modules that only the command loads that needs them (the schema
 * engine is megabytes of WebAssembly), so `instanceof` would load them for everyone.
 */
export const EXIT_CODE_OF = {
  ConfigurationError: { other: ExitCode.usage },
  ConnectionError: {
    permission: ExitCode.notReady,
    'read-only': ExitCode.notReady,
    other: ExitCode.cannotConnect,
  },
  PoolTimeoutError: { other: ExitCode.cannotConnect },
  DatabaseLockedError: { other: ExitCode.locked },
  UnknownCutoverStateError: { other: ExitCode.notReady },
  MigrationError: {
    failed: ExitCode.notReady,
    edited: ExitCode.notReady,
    newer: ExitCode.notReady,
    locked: ExitCode.notReady,
    // Nothing is wrong with these: another run is applying them.
    busy: ExitCode.locked,
    refused: ExitCode.notReady,
  },
  MigrateError: { other: ExitCode.notReady },
  SchemaTextError: { other: ExitCode.notReady },
  RolesError: { other: ExitCode.notReady },
  SchemaEngineError: { other: ExitCode.notReady },
  TransferError: {
    'source-unusable': ExitCode.sourceRefused,
    'source-refused': ExitCode.sourceRefused,
    'source-changed': ExitCode.sourceRefused,
    'source-busy': ExitCode.sourceRefused,
    'target-not-empty': ExitCode.notReady,
    'target-unfit': ExitCode.notReady,
    'target-silent': ExitCode.cannotConnect,
    unfinished: ExitCode.notReady,
    'no-room': ExitCode.notReady,
    locked: ExitCode.locked,
    differences: ExitCode.differs,
    'wrong-state': ExitCode.notReady,
  },
  // What is thrown where this program does what it must not.
  ProgrammingError: { other: ExitCode.ourFault },
  AssertionError: { other: ExitCode.ourFault },
  TypeError: { other: ExitCode.ourFault },
  RangeError: { other: ExitCode.ourFault },
  ReferenceError: { other: ExitCode.ourFault },
  SyntaxError: { other: ExitCode.ourFault },
} as const satisfies Readonly<Record<string, ByKind>>;

/** The exit code that an error deserves; `unexpected` when nobody foresaw it. */
export function exitCodeOf(error: Error): ExitCode {
  const codes: ByKind | undefined = Object.hasOwn(EXIT_CODE_OF, error.name)
    ? EXIT_CODE_OF[error.name as keyof typeof EXIT_CODE_OF]
    : undefined;
  const { kind, reason } = error as { readonly kind?: unknown; readonly reason?: unknown };
  return codes?.[String(kind ?? reason)] ?? codes?.other ?? ExitCode.unexpected;
}
