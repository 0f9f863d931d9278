import {
  ConfigurationError,
  type Env,
  type PostgresTarget,
  type PostgresTargetFields,
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
 * taken from the environment: from POSTGRES_URL or POSTGRES_PASSWORD_FILE when they name the same user on
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
    return target.password === undefined ? target.with(secretsFor(target, env)) : target;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new SchemaEngineError(`The provided database string is invalid. ${error.message}`, {
      code: 'P1013',
    });
  }
}

function secretsFor(target: PostgresTarget, env: Env): Partial<PostgresTargetFields> {
  const url = env.POSTGRES_URL?.trim();
  const passwordFile = env.POSTGRES_PASSWORD_FILE?.trim() || undefined;
  const known = url ? readKnown(url, passwordFile) : undefined;
  const { PGPASSWORD } = env;
  if (known === undefined || !isSameServer(known, target) || known.user !== target.user) {
    return { password: PGPASSWORD || undefined };
  }
  const { keyPassword } = known;
  if (known.passwordFile !== undefined) return { keyPassword, passwordFile };
  return { keyPassword, password: known.password ?? (PGPASSWORD || undefined) };
}

/** The URL of the environment, which may be another one than the CLI's, and wrong. */
function readKnown(url: string, passwordFile: string | undefined): PostgresTarget | undefined {
  try {
    return parsePostgresUrl(url, { passwordFile });
  } catch {
    return undefined;
  }
}

function isSameServer(one: PostgresTarget, other: PostgresTarget): boolean {
  return JSON.stringify(one.hosts) === JSON.stringify(other.hosts);
}
