import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import type { Exemptions } from './exemptions.ts';
import { BY_HAND, exposure } from './fault.ts';

interface Routine {
  readonly oid: string;
  readonly name: string;
  readonly asOwner: boolean;
  readonly leakproof: boolean;
  /** Who may call it beside its owner: PUBLIC, or roles by name. */
  readonly callers: readonly string[];
  /** A trigger calls it, whoever may. */
  readonly isTrigger: boolean;
  readonly hasPath: boolean;
}

const ROUTINES = `
  SELECT p.oid::text, p.oid::regprocedure::text AS name, p.prosecdef AS "asOwner", p.proleakproof AS leakproof,
    ARRAY(SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END
      FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
      WHERE g.grantee <> p.proowner ORDER BY 1) AS callers,
    EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = p.oid)
      OR EXISTS (SELECT FROM pg_event_trigger AS t WHERE t.evtfoid = p.oid) AS "isTrigger",
    EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%') AS "hasPath"
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE ${OUR_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
  ORDER BY p.oid::regprocedure::text COLLATE "C"`;

/** Functions that do what they do with their owner's rights, to which no policy applies. */
export async function exposedByFunctions(client: ClientBase, exemptions: Exemptions): Promise<Fault[]> {
  const { rows } = await client.query<Routine>(ROUTINES);
  return rows.flatMap((routine) => [
    ...(routine.asOwner ? exposedByOwner(routine, exemptions) : []),
    ...(routine.leakproof
      ? [
          exposure(
            `function ${routine.name} is LEAKPROOF, so it may be given rows before their policy hides them`,
            BY_HAND,
            `ALTER ROUTINE ${routine.name} NOT LEAKPROOF;`,
          ),
        ]
      : []),
  ]);
}

function exposedByOwner(routine: Routine, exemptions: Exemptions): Fault[] {
  const { oid, name, callers, isTrigger, hasPath } = routine;
  const faults: Fault[] = [];
  const rule = exemptions.of(oid);
  if (callers.includes('PUBLIC')) {
    faults.push(
      exposure(
        `function ${name} is SECURITY DEFINER, and everybody may call it`,
        BY_HAND,
        `REVOKE ALL ON ROUTINE ${name} FROM PUBLIC;`,
      ),
    );
  }
  if (!rule && (isTrigger || callers.length > 0)) {
    faults.push(
      exposure(
        `function ${name} is SECURITY DEFINER: a tenant's statements reach all rows through it`,
        `Make it SECURITY INVOKER, or say above the model that it is about why that is right: /// @grant EXECUTE ON ${name} because REASON (without the right: /// @exempt ${name} because REASON). ${BY_HAND}`,
        `ALTER ROUTINE ${name} SECURITY INVOKER;`,
      ),
    );
  }
  for (const caller of callers) {
    const isGranted = rule?.privileges.some(({ name, role }) => name === 'EXECUTE' && role === caller);
    if (caller === 'PUBLIC' || isGranted) continue;
    faults.push(
      exposure(
        `${caller} may call function ${name}, which the schema does not grant`,
        BY_HAND,
        `REVOKE ALL ON ROUTINE ${name} FROM ${caller};`,
      ),
    );
  }
  if (!hasPath && (rule || isTrigger || callers.length > 0)) {
    faults.push(
      exposure(
        `function ${name} is SECURITY DEFINER without a search_path of its own: who calls it chooses what its names mean`,
        BY_HAND,
        `ALTER ROUTINE ${name} SET search_path = pg_catalog, pg_temp;`,
      ),
    );
  }
  return faults;
}
