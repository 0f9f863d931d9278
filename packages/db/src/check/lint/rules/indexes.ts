import { quote } from '../../../quote.ts';
import type { Rule } from '../rule.ts';
import { keyOf, nameParts, quoteRelation } from '../schema/names.ts';

export const createIndex: Rule = {
  name: 'create-index',
  check({ node }, { schema }) {
    if (!('IndexStmt' in node)) return [];
    const { relation, idxname = 'name', concurrent, unique } = node.IndexStmt;
    if (concurrent || schema.isNewTable(relation)) return [];
    const table = quoteRelation(relation);
    return [
      {
        what: `builds an index on ${table} without CONCURRENTLY`,
        effect: `Takes a SHARE lock on ${table}: every INSERT, UPDATE and DELETE waits until all rows are indexed.`,
        safe: [
          'In a migration of its own, with no other statement:',
          `CREATE ${unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${quote(idxname)} ON ${table} (…);`,
        ],
      },
    ];
  },
};

export const indexIfNotExists: Rule = {
  name: 'index-if-not-exists',
  check({ node }) {
    if (!('IndexStmt' in node)) return [];
    const { concurrent, if_not_exists, idxname = 'name', relation } = node.IndexStmt;
    if (!concurrent || !if_not_exists) return [];
    return [
      {
        what: 'builds an index concurrently IF NOT EXISTS',
        effect:
          'A build that failed leaves an invalid index of that name; the next run finds it, skips the build, and counts as done.',
        safe: [
          'Leave IF NOT EXISTS out. After a failed build, remove what it left and run again:',
          `DROP INDEX CONCURRENTLY ${quote(idxname)};`,
          `CREATE INDEX CONCURRENTLY ${quote(idxname)} ON ${quoteRelation(relation)} (…);`,
        ],
      },
    ];
  },
};

export const dropIndex: Rule = {
  name: 'drop-index',
  check({ node }, { schema }) {
    if (!('DropStmt' in node)) return [];
    const { removeType, concurrent, objects = [] } = node.DropStmt;
    if (removeType !== 'OBJECT_INDEX' || concurrent) return [];
    return objects.flatMap((object) => {
      const parts = nameParts(object);
      const index = schema.indexes.get(keyOf(parts));
      if (index && (schema.isNew(index) || schema.isNew(schema.tables.get(index.table)))) return [];
      const name = parts.map(quote).join('.');
      return [
        {
          what: `drops index ${name} without CONCURRENTLY`,
          effect:
            'Takes an ACCESS EXCLUSIVE lock on its table: it waits for every query that runs there, and every new one waits behind it.',
          safe: [
            'In a migration of its own, with no other statement:',
            `DROP INDEX CONCURRENTLY ${name};`,
          ] as const,
        },
      ];
    });
  },
};
