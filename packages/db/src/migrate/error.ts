/** A migration that cannot be made: the message says why and what to do. */
export class MigrateError extends Error {
  override readonly name = 'MigrateError';
}
