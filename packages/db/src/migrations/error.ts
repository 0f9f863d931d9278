/** Why migrations cannot be applied. */
export type MigrationErrorKind =
  /** An earlier run stopped inside a migration. */
  | 'failed'
  /** The database has a migration in another form than the file in this release. */
  | 'edited'
  /** The database has migrations that this release does not know. */
  | 'newer'
  /** The tables stayed in use by others; nothing was changed. */
  | 'locked'
  /** Another run is applying migrations; nothing was changed. */
  | 'busy'
  /** The database refused a migration's statement just now. */
  | 'refused';

/** Migrations that cannot be applied: the message says which, why, and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly kind: MigrationErrorKind;
  /** The migrations that are concerned. */
  readonly migrations: readonly string[];

  constructor(
    kind: MigrationErrorKind,
    migrations: readonly string[],
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
    this.migrations = migrations;
  }
}
