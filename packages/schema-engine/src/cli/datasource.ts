import {
  ConfigurationError,
  type Env,
  type PostgresTarget,
  parsePostgresUrl,
  type SqliteTarget,
  type SslMode,
} from '@vatevo/connection';
import type { EngineDatabase } from '../engine/database.ts';
import { SchemaEngineError } from '../engine/error.ts';
import { PostgresDatabase } from '../postgres/database.ts';
import { SqliteDatabase } from '../sqlite/database.ts';
import type { DatasourceUrls } from './arguments.ts';

/**
 * The database behind the URL that the CLI passes in the arguments. Everybody
 * on the machine can read those, so the URL comes without its password, which is
 * taken from the environment: from POSTGRES_URL when it names the same user on
 * the same server, else from PGPASSWORD.
 *
 * @throws SchemaEngineError P1013 when the URL cannot be used
 */
export function openDatabase({ url, shadowDatabaseUrl }: DatasourceUrls, env: Env): EngineDatabase {
  const target = readTarget(url, env);
  if (target.kind === 'sqlite') return new SqliteDatabase(target.file);
  const shadow = shadowDatabaseUrl === undefined ? undefined : parse(shadowDatabaseUrl, env);
  if (shadow && isSameServer(shadow, target) && shadow.database === target.database) {
    throw new SchemaEngineError('The shadow database is the main database: it would be emptied.');
  }
  return new PostgresDatabase(target, { shadow });
}

/** The database that a URL of the CLI names. */
export function readTarget(url: string, env: Env): PostgresTarget | SqliteTarget {
  if (url.startsWith('file:')) return { kind: 'sqlite', file: url.slice('file:'.length) };
  return parse(url, env);
}

function parse(url: string, env: Env): PostgresTarget {
  try {
    const target = parsePostgresUrl(url, {
      variable: 'The datasource URL',
      sslMode: (env.DB_SSL_MODE || undefined) as SslMode | undefined,
      rootCertFile: env.DB_SSL_ROOT_CERT || undefined,
    });
    if (target.password !== undefined) return target;
    return target.with({ password: passwordFor(target, env) });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new SchemaEngineError(`The provided database string is invalid. ${error.message}`, {
      code: 'P1013',
    });
  }
}

function passwordFor(target: PostgresTarget, env: Env): string | undefined {
  const url = env.POSTGRES_URL;
  if (url && URL.canParse(url)) {
    const known = parsePostgresUrl(url);
    if (isSameServer(known, target) && known.user === target.user && known.password !== undefined)
      return known.password;
  }
  return env.PGPASSWORD || undefined;
}

function isSameServer(one: PostgresTarget, other: PostgresTarget): boolean {
  return one.host === other.host && one.port === other.port;
}
