import { IS_DISTRIBUTED, isCluster, type PostgresTarget, withConnection } from '@vatevo/connection';
import { MigrationError } from '../error.ts';
import type { MigrationFile } from '../folder.ts';

const DISTRIBUTED = `SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition AS p WHERE ${IS_DISTRIBUTED}) AS is`;

/**
 * Refuses migrations that a cluster cannot run while its tables are distributed: it is told of a script as a whole, and
 * passes a statement on to its workers only when that is alone in it.
 *
 * @throws MigrationError before anything is touched
 */
export async function refuseOnShards(
  target: PostgresTarget,
  pending: readonly MigrationFile[],
): Promise<void> {
  const scripts = pending.filter(({ script }) => changesTablesInSteps(script)).map(({ name }) => name);
  if (scripts.length === 0 || !(await isDistributed(target))) return;
  throw new MigrationError(
    'refused',
    scripts,
    `The tables of this database lie on several servers, and ${scripts.join(', ')} changes tables in more than one statement, which a cluster takes only on its coordinator: bring the tables together, run this again, and distribute them anew.`,
  );
}

function isDistributed(target: PostgresTarget): Promise<boolean> {
  return withConnection(
    target,
    async (client) =>
      (await isCluster(client)) && (await client.query<{ is: boolean }>(DISTRIBUTED)).rows[0]?.is === true,
  );
}

/** In doubt it says true: comments within statements are taken for parts of them. */
export function changesTablesInSteps(script: string): boolean {
  const statements = script
    .replace(/\$\$[\s\S]*?\$\$/g, '')
    .replace(/^\s*--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  const changesTable = /^(ALTER|CREATE|DROP)\s+((UNIQUE\s+)?INDEX|TABLE|POLICY|TYPE)\b/i;
  return statements.length > 1 && statements.some((statement) => changesTable.test(statement));
}
