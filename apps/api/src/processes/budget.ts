import { ConfigurationError, connect, type PostgresTarget } from '@vatevo/connection';
import type { Log } from '../log.ts';
import type { ApiConfig } from '../settings.ts';
import { WEBHOOK_CONNECTIONS } from '../webhooks/connections.ts';

/** Milliseconds for asking the server what it allows. */
const TIMEOUT_MS = 5_000;

/** Beside its pool a process opens a connection for `/health/db` and one for `/metrics`, one of each at a time. */
const BESIDE_POOL = 2;

type Sizes = Pick<ApiConfig, 'pool' | 'webhooks' | 'follow'>;

/** The most connections that the API may open at a time, and what they are for. */
export interface ConnectionNeed {
  readonly total: number;
  /** Of each process. */
  readonly each: number;
  /** Of what delivers webhooks. */
  readonly webhooks: number;
}

/**
 * What `processes` processes may open: (processes + 1) × (DB_POOL_SIZE + 2), and twice 2 for webhooks. While they are
 * replaced one after the other there is one more, and one more that delivers. Who follows a cutover has a connection more
 * in each.
 */
export function connectionsOf(processes: number, { pool, webhooks, follow }: Sizes): ConnectionNeed {
  const following = follow === undefined ? 0 : 1;
  const each = pool.size + BESIDE_POOL + following;
  const ofWebhooks = webhooks === 'off' ? 0 : 2 * (Math.min(WEBHOOK_CONNECTIONS, pool.size) + following);
  return { total: (processes + 1) * each + ofWebhooks, each, webhooks: ofWebhooks };
}

interface Allowance {
  readonly max: number;
  readonly reserved: number;
  /** Of the login and of the database; negative when there is none. */
  readonly ofLogin: number;
  readonly ofDatabase: number;
  readonly pid: number;
}

/**
 * Compares what the processes may open with what the server allows.
 *
 * A server that cannot be asked is waited for by the processes, as ever; behind a pooler, which has connections of its own,
 * there is nothing to compare.
 *
 * @throws ConfigurationError when it is more
 */
export async function requireConnections(
  target: PostgresTarget,
  config: Sizes & { readonly processes: number },
  log: Log,
): Promise<void> {
  const need = connectionsOf(config.processes, config);
  const found = await askServer(target).catch((error: Error) => error);
  if (found instanceof Error) {
    log.warn({ err: found, connections: need.total }, 'how many connections the server allows is not known');
    return;
  }
  if (found === undefined) return;
  const limits = [found.max - found.reserved, found.ofLogin, found.ofDatabase].filter((limit) => limit >= 0);
  const allowed = Math.min(...limits);
  if (need.total <= allowed) {
    log.info({ connections: need.total, allowed }, 'connections that may be opened');
    return;
  }
  throw new ConfigurationError([tooMany(need, allowed, found, config)]);
}

async function askServer(target: PostgresTarget): Promise<Allowance | undefined> {
  const client = await connect(target, { timeoutMs: TIMEOUT_MS, applicationName: 'vatevo-api' });
  try {
    const { rows } = await client.query<Allowance>(
      `SELECT current_setting('max_connections')::int AS max,
         current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
         (SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user) AS "ofLogin",
         (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS "ofDatabase",
         pg_backend_pid() AS pid`,
    );
    const [found] = rows;
    // A pooler announces another process than the one that answers.
    return found?.pid === (client as unknown as { processID: number }).processID ? found : undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function tooMany(
  need: ConnectionNeed,
  allowed: number,
  { max, reserved, ofLogin, ofDatabase }: Allowance,
  { processes, pool }: Sizes & { readonly processes: number },
) {
  const beside = need.each - pool.size;
  const fitting = Math.floor((allowed - need.webhooks) / (processes + 1)) - beside;
  const why = [
    `max_connections ${max}, ${reserved} of them reserved`,
    ...(ofLogin >= 0 ? [`CONNECTION LIMIT ${ofLogin} of the login`] : []),
    ...(ofDatabase >= 0 ? [`CONNECTION LIMIT ${ofDatabase} of the database`] : []),
  ];
  return {
    variable: 'WEB_CONCURRENCY',
    problem:
      `is ${processes}, for which ${need.total} connections may be opened ` +
      `((${processes} + 1 while they are replaced) × (DB_POOL_SIZE ${pool.size} + ${beside}) + ${need.webhooks} for webhooks), ` +
      `and the server allows ${allowed} (${why.join('; ')})`,
    allowed:
      fitting >= 1
        ? `DB_POOL_SIZE up to ${fitting}, fewer processes, or a higher max_connections of the server`
        : 'fewer processes, or a higher max_connections of the server',
  };
}
