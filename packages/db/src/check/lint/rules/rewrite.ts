import type { Node } from 'libpg-query';
import { alterations } from '../alterations.ts';
import { hasOption } from '../options.ts';
import type { Finding, Rule } from '../rule.ts';
import { keyOf, quoteRelation, relationParts } from '../schema/names.ts';
import type { Schema } from '../schema/schema.ts';

const LOCKED = (table: string) =>
  `Takes an ACCESS EXCLUSIVE lock on ${table} and rewrites it: nobody can read or write it meanwhile.`;

const REWRITING: Readonly<Record<string, string>> = {
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
  AT_SetExpression: 'SET EXPRESSION',
};

export const rewriteTable: Rule = {
  name: 'rewrite-table',
  check(statement, { schema }) {
    const altered = alterations(statement, schema).flatMap(({ table, command: { subtype = '' } }) => {
      const what = REWRITING[subtype];
      const relation = quoteRelation(table);
      return what === undefined ? [] : rewriting(`${what} on ${relation}`, relation);
    });
    return [...altered, ...whole(statement.node, schema)];
  },
};

function rewriting(what: string, table: string): Finding {
  return {
    what: `runs ${what}`,
    effect: LOCKED(table),
    safe: [
      'Leave it out of the migrations and do it while nobody uses the table; or make a new table as it should be, move the rows in batches, and let a later release use that:',
      'CREATE TABLE … (LIKE … INCLUDING ALL);',
    ],
  };
}

function whole(node: Node, schema: Schema): Finding[] {
  if ('VacuumStmt' in node && hasOption(node.VacuumStmt.options, 'full')) {
    return [
      {
        what: 'runs VACUUM FULL',
        effect: LOCKED('every table that it is for'),
        safe: [
          'Plain VACUUM gives space back to the table while it is in use; it needs no migration, autovacuum runs it:',
          'VACUUM (ANALYZE) …;',
        ],
      },
    ];
  }
  if ('ClusterStmt' in node && !schema.isNewTable(node.ClusterStmt.relation)) {
    return [rewriting('CLUSTER', quoteRelation(node.ClusterStmt.relation))];
  }
  if ('AlterTableMoveAllStmt' in node) return [rewriting('ALTER … ALL IN TABLESPACE', 'each table in turn')];
  if ('RefreshMatViewStmt' in node) {
    const { concurrent, relation } = node.RefreshMatViewStmt;
    if (concurrent || !relation) return [];
    if (schema.isNewTable(relation)) return [];
    const name = quoteRelation(relation);
    return [
      {
        what: `refreshes ${name} without CONCURRENTLY`,
        effect: `Takes an ACCESS EXCLUSIVE lock on ${name} while its query runs: nobody can read it meanwhile.`,
        safe: [
          'With a unique index on the view, readers go on:',
          `REFRESH MATERIALIZED VIEW CONCURRENTLY ${name};`,
        ],
      },
    ];
  }
  return [];
}

export const reindex: Rule = {
  name: 'reindex',
  check({ node }, { schema }) {
    if (!('ReindexStmt' in node)) return [];
    const { params, relation } = node.ReindexStmt;
    if (hasOption(params, 'concurrently')) return [];
    const index = relation && schema.indexes.get(keyOf(relationParts(relation)));
    if (relation && (schema.isNewTable(relation) || schema.isNew(index))) return [];
    return [
      {
        what: 'rebuilds indexes without CONCURRENTLY',
        effect:
          'Takes a SHARE lock on the table and an ACCESS EXCLUSIVE lock on its indexes: writes wait, and so does every query that would plan with one of them.',
        safe: ['In a migration of its own:', 'REINDEX INDEX CONCURRENTLY …;'],
      },
    ];
  },
};

export const lockTable: Rule = {
  name: 'lock-table',
  check({ node }, { schema }) {
    if (!('LockStmt' in node)) return [];
    return schema.oldNames(node.LockStmt.relations).map((name) => ({
      what: `locks ${name}`,
      effect: 'The lock is kept until the migration ends, and everything that conflicts with it waits.',
      safe: [
        'Leave it out: each statement takes the lock that it needs. For values that must be changed together, lock rows:',
        `SELECT … FROM ${name} WHERE … FOR UPDATE;`,
      ],
    }));
  },
};
