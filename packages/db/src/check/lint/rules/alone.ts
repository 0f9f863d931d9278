import type { Node } from 'libpg-query';
import { hasOption } from '../options.ts';
import type { Rule } from '../rule.ts';

/** What PostgreSQL refuses inside a transaction, by its name. */
function refusedInTransaction(node: Node): string | undefined {
  if ('IndexStmt' in node && node.IndexStmt.concurrent) return 'CREATE INDEX CONCURRENTLY';
  if ('DropStmt' in node && node.DropStmt.concurrent) return 'DROP INDEX CONCURRENTLY';
  if ('ReindexStmt' in node && hasOption(node.ReindexStmt.params, 'concurrently')) {
    return 'REINDEX CONCURRENTLY';
  }
  if ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd) return 'VACUUM';
  if ('ClusterStmt' in node && !node.ClusterStmt.relation) return 'CLUSTER of all tables';
  if ('AlterSystemStmt' in node) return 'ALTER SYSTEM';
  if ('CreatedbStmt' in node) return 'CREATE DATABASE';
  if ('DropdbStmt' in node) return 'DROP DATABASE';
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE';
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE';
  if ('AlterTableStmt' in node) {
    for (const cmd of node.AlterTableStmt.cmds ?? []) {
      if (!('AlterTableCmd' in cmd)) continue;
      const { subtype, def } = cmd.AlterTableCmd;
      if (subtype === 'AT_DetachPartition' && def && 'PartitionCmd' in def && def.PartitionCmd.concurrent) {
        return 'DETACH PARTITION CONCURRENTLY';
      }
    }
  }
  return undefined;
}

export const notAlone: Rule = {
  name: 'not-alone',
  check({ node }, { statements }) {
    const what = refusedInTransaction(node);
    if (what === undefined || statements.length === 1) return [];
    return [
      {
        what: `runs ${what} beside other statements`,
        effect:
          'A migration with several statements is one transaction, in which PostgreSQL refuses this one.',
        safe: ['Move it into a migration of its own:', 'pnpm db:migrate --name WHAT_IT_DOES --empty'],
      },
    ];
  },
};
