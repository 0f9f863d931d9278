import { type ConnectionError, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import { SchemaEngineError } from '../engine/error.ts';

/**
 * Why a connection failed, under Prisma's code and in its words
 * (https://www.prisma.io/docs/orm/reference/error-reference#common), so that
 * those who know the CLI, and scripts that read it, find what they expect.
 */
export function connectionFailed(cause: unknown, target: PostgresTarget): SchemaEngineError {
  if (cause instanceof SchemaEngineError) return cause;
  const error = toConnectionError(cause, target);
  const { code, message } = inPrismasTerms(error, target);
  return new SchemaEngineError(message, { code, cause: error });
}

function inPrismasTerms(
  { reason, message }: ConnectionError,
  { hosts, user, database }: PostgresTarget,
): { code?: string; message: string } {
  const server = hosts.map(({ host, port }) => `\`${host}:${port}\``).join(', ');
  switch (reason) {
    case 'authentication':
      return {
        code: 'P1000',
        message: `Authentication failed against database server, the provided database credentials for \`${user}\` are not valid.\n\nPlease make sure to provide valid database credentials for the database server at ${server}.`,
      };
    case 'refused':
    case 'timeout':
    case 'unresolved-host':
    case 'starting-up':
      return {
        code: 'P1001',
        message: `Can't reach database server at ${server}\n\nPlease make sure your database server is running at ${server}.\n\n${message}`,
      };
    case 'missing-database':
      return {
        code: 'P1003',
        message: `Database \`${database}\` does not exist on the database server at ${server}.`,
      };
    case 'permission':
      return {
        code: 'P1010',
        message: `User \`${user}\` was denied access on the database \`${database}\`: ${message}`,
      };
    case 'tls':
      return { code: 'P1011', message: `Error opening a TLS connection: ${message}` };
    case 'lost':
      return { code: 'P1017', message: `Server has closed the connection. ${message}` };
    case 'too-many-connections':
      return { code: 'P2037', message: `Too many database connections opened: ${message}` };
    case 'read-only':
    case 'unknown':
      return { message };
  }
}
