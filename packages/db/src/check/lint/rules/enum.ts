import { quote } from '../../../quote.ts';
import type { Rule } from '../rule.ts';
import { nodesIn } from '../schema/expression.ts';
import { lastName, namesOf } from '../schema/names.ts';

export const enumValueUsed: Rule = {
  name: 'enum-value-used',
  check(statement, { statements, schema }) {
    const { node } = statement;
    if (!('AlterEnumStmt' in node)) return [];
    const { typeName, newVal, oldVal } = node.AlterEnumStmt;
    if (newVal === undefined || oldVal !== undefined || schema.isNewNamed(namesOf(typeName))) return [];
    const later = statements.slice(statements.indexOf(statement) + 1);
    if (!later.some((other) => mentions(other.node, newVal))) return [];
    return [
      {
        what: `adds the value '${newVal}' to ${quote(lastName(typeName))} and uses it in the same migration`,
        effect:
          'Fails: PostgreSQL lets nobody use a new value before the transaction that adds it is committed.',
        safe: [
          'Add the value in one migration, use it in the next:',
          `ALTER TYPE ${quote(lastName(typeName))} ADD VALUE '${newVal}';`,
        ],
      },
    ];
  },
};

/** True when a statement has a string of that very text. */
function mentions(root: unknown, text: string): boolean {
  return [...nodesIn(root)].some((node) => {
    const constant = node.A_Const as { sval?: { sval?: string } } | undefined;
    return constant?.sval?.sval === text;
  });
}

export const enumValueRenamed: Rule = {
  name: 'enum-value-renamed',
  check({ node }, { schema }) {
    if (!('AlterEnumStmt' in node)) return [];
    const { typeName, newVal = '', oldVal } = node.AlterEnumStmt;
    if (oldVal === undefined || schema.isNewNamed(namesOf(typeName))) return [];
    return [
      {
        what: `renames the value '${oldVal}' of ${quote(lastName(typeName))} to '${newVal}'`,
        effect:
          'The running release writes the old value, which is refused from then on, and cannot read the new one.',
        safe: [
          'Keep the value in the database and rename it in the Prisma schema alone (@map); or add the new one, write both releases to read either, and move rows in batches:',
          `ALTER TYPE ${quote(lastName(typeName))} ADD VALUE '${newVal}';`,
        ],
      },
    ];
  },
};
