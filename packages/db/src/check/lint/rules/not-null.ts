import { quote } from '../../../quote.ts';
import { addedConstraints, alterations } from '../alterations.ts';
import type { Finding, Rule } from '../rule.ts';
import { namesOf, quoteRelation } from '../schema/names.ts';

/** How a column becomes NOT NULL while the table is in use. */
function finding(relation: string, name: string): Finding {
  const column = quote(name);
  const constraint = quote(`${name}_not_null`);
  return {
    what: `makes ${relation}.${column} NOT NULL without a proof that no row holds NULL`,
    effect: `Takes an ACCESS EXCLUSIVE lock on ${relation} and reads the whole table: nobody can read or write it meanwhile.`,
    safe: [
      'Prove it first. One migration, then a second one, then a third:',
      `ALTER TABLE ${relation} ADD CONSTRAINT ${constraint} CHECK (${column} IS NOT NULL) NOT VALID;`,
      `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${constraint};`,
      `ALTER TABLE ${relation} ALTER COLUMN ${column} SET NOT NULL;`,
      `ALTER TABLE ${relation} DROP CONSTRAINT ${constraint};`,
    ],
  };
}

export const setNotNull: Rule = {
  name: 'set-not-null',
  check(statement, { schema }) {
    const parts = alterations(statement, schema);
    // One statement drops constraints before it does anything else: they prove nothing there.
    const dropped = parts.flatMap(({ command: { subtype, name = '' } }) =>
      subtype === 'AT_DropConstraint' ? name : [],
    );
    const set = parts.flatMap(({ table, command: { subtype, name = '' } }) =>
      subtype === 'AT_SetNotNull' && !schema.isProvenNotNull(table, name, dropped)
        ? finding(quoteRelation(table), name)
        : [],
    );
    const added = addedConstraints(statement, schema).flatMap(({ table, column, constraint }) => {
      const { contype, skip_validation, keys, indexname } = constraint;
      if (column) return [];
      // A primary key built from an index makes its columns NOT NULL, too.
      const names =
        contype === 'CONSTR_NOTNULL' && !skip_validation
          ? namesOf(keys)
          : contype === 'CONSTR_PRIMARY' && indexname !== undefined
            ? schema.columnsOfIndex(table, indexname)
            : [];
      return names
        .filter((name) => !schema.isProvenNotNull(table, name, dropped))
        .map((name) => finding(quoteRelation(table), name));
    });
    return [...set, ...added];
  },
};
