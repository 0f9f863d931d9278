import type { PostgresTarget } from './target.ts';

/**
 * The target as libpq's environment variables, for PostgreSQL's own programs: arguments are open to everybody on the
 * machine. Without the password.
 */
export function libpqVariables(target: PostgresTarget): Record<string, string> {
  const { hosts, ssl } = target;
  const variables: Record<string, string | undefined> = {
    PGHOST: hosts.map(({ host }) => host).join(','),
    PGPORT: hosts.map(({ port }) => port).join(','),
    PGTARGETSESSIONATTRS: target.sessionAttributes === 'any' ? undefined : target.sessionAttributes,
    PGLOADBALANCEHOSTS: target.loadBalanceHosts ? 'random' : undefined,
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGOPTIONS: target.parameters.options,
    PGSSLMODE: ssl.mode,
    PGSSLROOTCERT: ssl.rootCertFile,
    PGSSLCRL: ssl.revocationFile,
    PGSSLCERT: ssl.certFile,
    PGSSLKEY: ssl.keyFile,
    PGSSLMINPROTOCOLVERSION: ssl.minVersion,
    PGSSLMAXPROTOCOLVERSION: ssl.maxVersion,
    PGSSLNEGOTIATION: ssl.negotiation,
    PGCHANNELBINDING: ssl.channelBinding,
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
