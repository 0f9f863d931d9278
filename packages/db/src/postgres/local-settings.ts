import { isId } from '../exact/ids.ts';
import { APP_ROLE, JOBS_ROLE, TENANT_SETTING } from '../roles/roles.ts';
import { DEFAULT_TIMEOUT_MS } from '../transaction/options.ts';
import type { OpeningStatement } from './opened-query.ts';

/**
 * SQL that sets so many settings until the transaction ends. SET LOCAL would be a statement for each, which the server has
 * to parse every time, and it warns where nobody said BEGIN, although all that is sent up to a Sync is one transaction
 * (PostgreSQL manual, 54.2.4).
 */
const setLocal = (...names: readonly string[]) =>
  `SELECT ${names.map((name, index) => `pg_catalog.set_config('${name}', $${index + 1}, true)`).join(', ')}`;

const SET_LOCK_TIMEOUT = setLocal('lock_timeout');
const SET_ROLE = setLocal('role');
const SET_ROLE_AND_TENANT = setLocal('role', TENANT_SETTING);

/** Bounds how long a statement waits for a lock. */
export function waitForLocks(timeoutMs: number): OpeningStatement {
  return { text: SET_LOCK_TIMEOUT, values: [String(timeoutMs)] };
}

/** Gives up the login's rights for those of what is done for all tenants. */
export const ACT_FOR_ALL: OpeningStatement = { text: SET_ROLE, values: [JOBS_ROLE] };

/** Gives up the login's rights, and names the tenant to the tables' policies. */
export function actAs(tenantId: number): OpeningStatement {
  refuseNoId(tenantId);
  return { text: SET_ROLE_AND_TENANT, values: [APP_ROLE, String(tenantId)] };
}

/**
 * The same for a cluster's coordinator, behind BEGIN: what is SET LOCAL, alone in its message, its workers are told, and
 * what set_config sets they are not. The role they are not to be told: the coordinator connects to them as the role that
 * it acts as.
 */
export function actOnCluster(tenantId: number, timeoutMs = DEFAULT_TIMEOUT_MS): OpeningStatement[] {
  refuseNoId(tenantId);
  return [
    // Whatever the cluster's own is: with any other one the workers would hear of nothing.
    { text: "SET LOCAL citus.propagate_set_commands = 'local'" },
    { text: `SET LOCAL lock_timeout = ${timeoutMs}`, isOnce: true },
    { text: `SET LOCAL ${TENANT_SETTING} = '${tenantId}'`, isOnce: true },
    { text: SET_ROLE, values: [APP_ROLE] },
  ];
}

function refuseNoId(tenantId: number): void {
  if (!isId(tenantId)) throw new TypeError(`${tenantId} is no tenant's id`);
}
