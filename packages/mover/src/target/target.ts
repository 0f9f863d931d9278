import {
  ConfigurationError,
  describeTarget,
  type PostgresTarget,
  parseConfig,
  URL_FORM,
} from '@vatevo/connection';
import type { Env } from '@vatevo/shell';
import type { Run } from '../preset.ts';

/** Says which database a command works on. */
export interface TargetOptions {
  /** The variable that holds the URL; POSTGRES_URL when omitted. */
  readonly urlEnv?: string | undefined;
  /** Read on a standby of POSTGRES_REPLICA_URLS that has all that the primary has. */
  readonly fromReplica?: boolean | undefined;
}

/**
 * The PostgreSQL database that the environment names, with its password made
 * known to the run's redaction.
 *
 * @throws ConfigurationError when anything in the environment is wrong, or the variable is unset or empty
 */
export function requirePostgres(
  run: Pick<Run, 'env' | 'protect' | 'foreignVariables'>,
  { urlEnv = 'POSTGRES_URL' }: TargetOptions = {},
): PostgresTarget {
  return readTarget(run.env[urlEnv], urlEnv, run);
}

/**
 * Reads the URL of a database. The other settings (DB_SSL_MODE, VATEVO_ENV …) hold for it as they would for
 * POSTGRES_URL.
 *
 * @param from where the URL comes from, for messages
 */
export function readTarget(
  text: string | undefined,
  from: string,
  { env, protect, foreignVariables = [] }: Pick<Run, 'env' | 'protect' | 'foreignVariables'>,
): PostgresTarget {
  const foreign = Object.fromEntries(foreignVariables.map((name) => [name, undefined]));
  const target = parse(text, from, { ...env, ...foreign });
  protect(target.password ?? env.PGPASSWORD, describeTarget(target));
  return target;
}

function parse(text: string | undefined, from: string, env: Env): PostgresTarget {
  try {
    // The file holds the password of POSTGRES_URL, which is no other server's business.
    const own = from === 'POSTGRES_URL' ? {} : { POSTGRES_PASSWORD_FILE: undefined };
    const { database } = parseConfig({ ...env, ...own, POSTGRES_URL: text });
    if (database.kind === 'postgres') return database;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(
      error.faults.map((fault) => (fault.variable === 'POSTGRES_URL' ? { ...fault, variable: from } : fault)),
    );
  }
  throw noUrl(from, 'is not set');
}

/** @param from where a URL was looked for */
export function noUrl(from: string, problem: string): ConfigurationError {
  return new ConfigurationError([{ variable: from, problem, allowed: URL_FORM }]);
}
