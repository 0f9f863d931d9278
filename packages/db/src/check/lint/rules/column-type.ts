import { quote } from '../../../quote.ts';
import { alterations } from '../alterations.ts';
import { keepsRows } from '../keeps-rows.ts';
import type { Rule } from '../rule.ts';
import { quoteRelation } from '../schema/names.ts';
import { describeType, readType } from '../schema/types.ts';

export const alterColumnType: Rule = {
  name: 'alter-column-type',
  check(statement, { schema }) {
    return alterations(statement, schema).flatMap(({ table, command: { subtype, name = '', def } }) => {
      if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def) || !def.ColumnDef.typeName)
        return [];
      const { typeName, raw_default: using, collClause } = def.ColumnDef;
      const to = readType(typeName);
      const column = schema.column(table, name);
      const from = column?.type;
      const isCollated = collClause !== undefined || column?.isCollated === true;
      const isStored = from !== undefined && !using && !isCollated && keepsRows(from, to);
      if (isStored && !schema.isComputedFrom(table, name)) return [];
      const relation = quoteRelation(table);
      const before = from ? describeType(from) : 'a type not known here';
      return [
        {
          what: `changes the type of ${relation}.${quote(name)} from ${before} to ${describeType(to)}`,
          effect: isStored
            ? `Takes an ACCESS EXCLUSIVE lock on ${relation} and, under it, rebuilds the indexes that have the column in an expression or a condition, and reads the table for each CHECK on the column.`
            : `Takes an ACCESS EXCLUSIVE lock on ${relation} and rewrites the table or its indexes: nobody can read or write it meanwhile.`,
          safe: isStored
            ? [
                'Take those indexes and CHECKs away first (DROP INDEX CONCURRENTLY), change the type, and bring them back in later migrations:',
                `ALTER TABLE ${relation} ADD CONSTRAINT … CHECK (…) NOT VALID;`,
              ]
            : [
                'Put a column of the new type beside it, keep it up with a trigger, fill it in batches, and swap a release later (docs/migrations.md):',
                `ALTER TABLE ${relation} ADD COLUMN ${quote(`${name}_new`)} ${describeType(to)};`,
              ],
        },
      ];
    });
  },
};
