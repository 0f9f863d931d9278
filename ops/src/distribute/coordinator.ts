import { connect, isCluster, leave, type PostgresTarget } from '@vatevo/connection';
import { readCluster } from './cluster.ts';

/**
 * The one of several hosts that is a cluster's coordinator, where tables are changed: the API may connect to all of them. What is
 * no cluster's, or cannot be reached, stays as it is.
 */
export async function coordinatorOf(target: PostgresTarget, timeoutMs: number): Promise<PostgresTarget> {
  if (target.hosts.length === 1) return target;
  for (const host of target.hosts) {
    const one = target.with(host);
    const client = await connect(one, { timeoutMs, applicationName: 'vatevo-ops' }).catch(() => undefined);
    if (client === undefined) continue;
    try {
      if (!(await isCluster(client))) return target;
      if ((await readCluster(client)).isCoordinator) return one;
    } finally {
      leave(client);
    }
  }
  return target;
}
