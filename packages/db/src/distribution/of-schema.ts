import type { ClientBase } from 'pg';
import type { Fault } from '../check/fault.ts';
import { exposure } from '../tenancy/exposures/fault.ts';
import type { TenancyRules } from '../tenancy/rules.ts';
import { findObstacles } from './distributable.ts';

/**
 * What would keep the schema's tables from being distributed by tenant one day: it costs nothing to leave out now, and a
 * rewrite of the data later. A constraint that the schema exempts by name is passed over.
 *
 * @param client on a database that the migrations made
 */
export async function findUndistributable(
  client: ClientBase,
  { tables, objects }: TenancyRules,
): Promise<Fault[]> {
  const exempted = new Set(objects.map(({ object }) => object));
  const obstacles = await findObstacles(
    client,
    tables.map(({ model: { schema, table }, tenancy }) => ({
      schema,
      table,
      tenant: tenancy.kind === 'tenant' ? tenancy.column : undefined,
    })),
  );
  return obstacles
    .filter((obstacle) => !obstacle.objects.some((object) => exempted.has(object)))
    .map(({ problem, fix }) => exposure(problem, fix));
}
