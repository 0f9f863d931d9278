import type { Node } from 'libpg-query';
import { quote } from '../../../quote.ts';
import { addedConstraints, alterations } from '../alterations.ts';
import type { Finding, Rule } from '../rule.ts';
import { lastName, namesOf, quoteList, quoteRelation } from '../schema/names.ts';
import type { Schema } from '../schema/schema.ts';

const TWO_STEPS =
  'Add it for new rows only, and let a later migration look at the old ones without blocking writers:';

export const addForeignKey: Rule = {
  name: 'add-foreign-key',
  check(statement, { schema }) {
    return addedConstraints(statement, schema).flatMap(({ table, column, constraint }) => {
      const { contype, skip_validation, is_enforced, conname, pktable, fk_attrs, pk_attrs } = constraint;
      if (contype !== 'CONSTR_FOREIGN' || skip_validation || is_enforced === false) return [];
      // A new column without default holds only NULLs, which PostgreSQL knows without looking.
      const hasDefault = column?.constraints?.some(
        (node) => 'Constraint' in node && node.Constraint.contype === 'CONSTR_DEFAULT',
      );
      if (column && !hasDefault) return [];
      const [from, to] = [quoteRelation(table), quoteRelation(pktable)];
      const columns = column ? [column.colname ?? ''] : namesOf(fk_attrs);
      const name = quote(conname ?? [table.relname, ...columns, 'fkey'].join('_'));
      const referenced = pk_attrs ? ` (${quoteList(namesOf(pk_attrs))})` : '';
      return [
        {
          what: `adds a foreign key from ${from} to ${to} without NOT VALID`,
          effect: `Takes a SHARE ROW EXCLUSIVE lock on both tables and reads all of ${from}: nobody can write to either meanwhile.`,
          safe: [
            TWO_STEPS,
            `ALTER TABLE ${from} ADD CONSTRAINT ${name} FOREIGN KEY (${quoteList(columns)}) REFERENCES ${to}${referenced} NOT VALID;`,
            `ALTER TABLE ${from} VALIDATE CONSTRAINT ${name};`,
          ],
        },
      ];
    });
  },
};

export const addCheck: Rule = {
  name: 'add-check',
  check(statement, { schema }) {
    const onTables = addedConstraints(statement, schema).flatMap(({ table, constraint }) => {
      const { contype, skip_validation, is_enforced, conname = 'name' } = constraint;
      if (contype !== 'CONSTR_CHECK' || skip_validation || is_enforced === false) return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `adds a CHECK to ${relation} without NOT VALID`,
          effect: `Takes an ACCESS EXCLUSIVE lock on ${relation} and reads the whole table: nobody can read or write it meanwhile.`,
          safe: [
            TWO_STEPS,
            `ALTER TABLE ${relation} ADD CONSTRAINT ${quote(conname)} CHECK (…) NOT VALID;`,
            `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${quote(conname)};`,
          ] as const,
        },
      ];
    });
    return [...onTables, ...onDomain(statement.node, schema)];
  },
};

/** The parser's letters for what ALTER DOMAIN does. */
const ADD_CONSTRAINT = 'C';
const SET_NOT_NULL = 'O';
const VALIDATE = 'V';

/** Up to PostgreSQL 18, validating a domain's constraint by itself is no milder than adding it. */
function onDomain(node: Node, schema: Schema): Finding[] {
  if (!('AlterDomainStmt' in node)) return [];
  const { subtype, typeName, def } = node.AlterDomainStmt;
  const isLater = def && 'Constraint' in def && def.Constraint.skip_validation;
  const isChecked =
    subtype === SET_NOT_NULL || subtype === VALIDATE || (subtype === ADD_CONSTRAINT && !isLater);
  if (!isChecked || schema.isNewNamed(namesOf(typeName))) return [];
  return [
    {
      what: `checks all values of domain ${quote(lastName(typeName))}`,
      effect:
        'Takes a SHARE lock on every table with such a column and reads all of them: nobody can write to them meanwhile.',
      safe: [
        'Leave the domain to new values (NOT VALID), and let each table prove its old ones, in two migrations:',
        'ALTER TABLE … ADD CONSTRAINT … CHECK (…) NOT VALID;',
        'ALTER TABLE … VALIDATE CONSTRAINT …;',
      ],
    },
  ];
}

export const validateTooEarly: Rule = {
  name: 'validate-too-early',
  check(statement, { schema }) {
    return alterations(statement, schema).flatMap(({ table, command: { subtype, name = '' } }) => {
      if (subtype !== 'AT_ValidateConstraint') return [];
      if (!schema.isNew(schema.table(table)?.constraints.get(name))) return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `validates ${quote(name)} in the migration that adds it`,
          effect: `A migration is one transaction: the lock that adding it took on ${relation} is kept while all rows are read.`,
          safe: [
            'Validate it in a later migration:',
            `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${quote(name)};`,
          ] as const,
        },
      ];
    });
  },
};
