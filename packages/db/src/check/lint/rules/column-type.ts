import { alterations } from '../alterations.ts';
import { keepsRows } from '../keeps-rows.ts';
import type { Rule } from '../rule.ts';
import { quote, quoteRelation } from '../schema/names.ts';
import { describeType, readType } from '../schema/types.ts';

export const alterColumnType: Rule = {
  name: 'alter-column-type',
  check(statement, { schema }) {
    return alterations(statement, schema).flatMap(({ table, command: { subtype, name = '', def } }) => {
      if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def) || !def.ColumnDef.typeName)
        return [];
      const { typeName, raw_default: using, collClause } = def.ColumnDef;
      const to = readType(typeName);
      const from = schema.column(table, name)?.type;
      if (from && !using && !collClause && keepsRows(from, to)) return [];
      const relation = quoteRelation(table);
      const column = quote(name);
      const before = from ? describeType(from) : 'a type not known here';
      return [
        {
          what: `changes the type of ${relation}.${column} from ${before} to ${describeType(to)}`,
          effect: `Takes an ACCESS EXCLUSIVE lock on ${relation} and writes the table and its indexes anew: nobody can read or write it meanwhile.`,
          safe: [
            'Put a column of the new type beside it, keep it up with a trigger, fill it in batches, and swap a release later (docs/migrations.md):',
            `ALTER TABLE ${relation} ADD COLUMN ${quote(`${name}_new`)} ${describeType(to)};`,
          ],
        },
      ];
    });
  },
};
