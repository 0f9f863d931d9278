import { quote } from '../../../quote.ts';
import { addedConstraints } from '../alterations.ts';
import type { Rule } from '../rule.ts';
import { namesOf, quoteList, quoteRelation } from '../schema/names.ts';

export const addUnique: Rule = {
  name: 'add-unique',
  check(statement, { schema }) {
    return addedConstraints(statement, schema).flatMap(({ table, column, constraint }) => {
      const { contype, indexname, conname, keys } = constraint;
      const isPrimary = contype === 'CONSTR_PRIMARY';
      if ((!isPrimary && contype !== 'CONSTR_UNIQUE') || indexname !== undefined) return [];
      const relation = quoteRelation(table);
      const columns = column ? [column.colname ?? ''] : namesOf(keys);
      const what = isPrimary ? 'PRIMARY KEY' : 'UNIQUE';
      const parts = isPrimary ? [table.relname, 'pkey'] : [table.relname, ...columns, 'key'];
      const name = quote(conname ?? parts.join('_'));
      return [
        {
          what: `adds ${what} (${quoteList(columns)}) to ${relation} without USING INDEX`,
          effect: `Takes an ACCESS EXCLUSIVE lock on ${relation} and builds an index under it: nobody can read or write the table meanwhile.`,
          safe: [
            'Build the index in a migration of its own, and make it the constraint in the next:',
            `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${relation} (${quoteList(columns)});`,
            `ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${what} USING INDEX ${name};`,
          ],
        },
      ];
    });
  },
};

export const addExclusion: Rule = {
  name: 'add-exclusion',
  check(statement, { schema }) {
    return addedConstraints(statement, schema).flatMap(({ table, constraint }) => {
      if (constraint.contype !== 'CONSTR_EXCLUSION') return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `adds an EXCLUDE constraint to ${relation}`,
          effect: `Takes an ACCESS EXCLUSIVE lock on ${relation} and builds an index under it; PostgreSQL has no other way to add one.`,
          safe: [
            'Put it on a new table, move the rows there in batches, and let a later release use that table:',
            'CREATE TABLE … (…, EXCLUDE USING gist (… WITH &&));',
          ] as const,
        },
      ];
    });
  },
};
