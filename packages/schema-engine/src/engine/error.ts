/**
 * Something the schema engine could not do, in the terms of Prisma: the code is
 * one of https://www.prisma.io/docs/orm/reference/error-reference where Prisma has one.
 */
export class SchemaEngineError extends Error {
  override readonly name = 'SchemaEngineError';
  /** Prisma's code, such as `P1001`; undefined when Prisma has none for this. */
  readonly code: string | undefined;
  /** The database's own code (SQLSTATE, or SQLite's name of it) when it refused a statement. */
  readonly databaseCode: string | undefined;
  /** The migration whose script failed. */
  readonly migration: string | undefined;

  constructor(
    message: string,
    details: {
      code?: string | undefined;
      databaseCode?: string | undefined;
      migration?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.databaseCode = details.databaseCode;
    this.migration = details.migration;
  }
}
