import type { ClientBase } from 'pg';
import type { Fault } from '../check/fault.ts';
import { Exemptions } from './exposures/exemptions.ts';
import { exposedByFunctions } from './exposures/functions.ts';
import { exposedByGrants } from './exposures/grants.ts';
import { exposedByKeys } from './exposures/keys.ts';
import { exposedByPolicies } from './exposures/policies.ts';
import { exposedByRelations } from './exposures/relations.ts';
import { exposedByRoles } from './exposures/roles.ts';
import type { TenancyRules } from './rules.ts';

/**
 * Looks in a database's catalog for every way by which a tenant's statements could see or change what is not its own:
 * tables without the tenant's policy or beside the schema's knowledge, keys that tell of other tenants' rows, rights that
 * the schema does not grant, and objects whose statements run with their owner's rights.
 *
 * What the schema exempts with a reason is left out. An exemption of something that is not there is a fault itself.
 *
 * @param client on a database that the migrations made, as its owner; what is looked at is rolled back
 */
export async function findExposures(client: ClientBase, rules: TenancyRules): Promise<Fault[]> {
  await client.query('BEGIN');
  try {
    return await readExposures(client, rules);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The same in the transaction that the client is in, which is then to be rolled back. */
export async function readExposures(client: ClientBase, rules: TenancyRules): Promise<Fault[]> {
  // Names are told with their schema where that is not the usual one.
  await client.query('SET LOCAL search_path = public');
  const exemptions = await Exemptions.read(client, rules.objects);
  return [
    ...exemptions.faults,
    ...(await exposedByRelations(client, rules, exemptions)),
    ...(await exposedByPolicies(client, rules)),
    ...(await exposedByKeys(client, rules, exemptions)),
    ...(await exposedByGrants(client, rules, exemptions)),
    ...(await exposedByFunctions(client, exemptions)),
    ...(await exposedByRoles(client)),
  ];
}
