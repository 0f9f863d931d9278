import { quote } from '../../../quote.ts';
import { type AddedColumn, addedColumns } from '../alterations.ts';
import type { Rule } from '../rule.ts';
import { keyOf, namesOf, quoteRelation } from '../schema/names.ts';
import type { Schema } from '../schema/schema.ts';
import { describeType, isSerial, readType } from '../schema/types.ts';
import { isVolatile } from '../volatility.ts';

const REWRITE = (table: string) =>
  `Takes an ACCESS EXCLUSIVE lock on ${table} and rewrites the whole table: nobody can read or write it meanwhile.`;

export const rewritingColumn: Rule = {
  name: 'add-column-rewrite',
  check(statement, { schema }) {
    return addedColumns(statement, schema).flatMap((added) => {
      const found = rewriteBy(added, schema);
      return found ? [{ ...found, effect: REWRITE(quoteRelation(added.table)) }] : [];
    });
  },
};

/** What of a new column rewrites its table, and how else it gets there. */
function rewriteBy(
  { table, column, constraints }: AddedColumn,
  schema: Schema,
): { what: string; safe: [string, ...string[]] } | undefined {
  const name = quote(column.colname ?? '');
  const relation = quoteRelation(table);
  const type = column.typeName ? readType(column.typeName) : undefined;
  const find = (kind: string) => constraints.find(({ contype }) => contype === kind);
  const generated = find('CONSTR_GENERATED');
  const byDefault = find('CONSTR_DEFAULT')?.raw_expr;
  const inBatches = (value: string): [string, ...string[]] => [
    'Add it empty, give new rows their value, and fill the old ones in batches (docs/migrations.md, "Backfill"):',
    `ALTER TABLE ${relation} ADD COLUMN ${name} ${type ? describeType({ ...type, name: storedName(type.name) }) : '…'};`,
    value,
  ];
  const numbered = inBatches(`ALTER TABLE ${relation} ALTER COLUMN ${name} SET DEFAULT nextval('…');`);
  if (type && isSerial(type)) {
    return {
      what: `adds column ${name}, numbered by a sequence (${type.name}), to ${relation}`,
      safe: numbered,
    };
  }
  if (find('CONSTR_IDENTITY')) return { what: `adds identity column ${name} to ${relation}`, safe: numbered };
  if (generated && generated.generated_kind !== 'v') {
    return {
      what: `adds stored generated column ${name} to ${relation}`,
      safe: inBatches('-- a trigger keeps it up for rows that are written from now on'),
    };
  }
  if (byDefault && isVolatile(byDefault)) {
    return {
      what: `adds column ${name} to ${relation} with a default that may differ from row to row`,
      safe: inBatches(`ALTER TABLE ${relation} ALTER COLUMN ${name} SET DEFAULT …;`),
    };
  }
  if (byDefault && isCheckedDomain(column.typeName && namesOf(column.typeName.names), schema)) {
    return {
      what: `adds column ${name} of a domain with checks to ${relation}`,
      safe: [
        'Add it with the plain type, and the rule as a CHECK that is validated later:',
        `ALTER TABLE ${relation} ADD CONSTRAINT … CHECK (…) NOT VALID;`,
      ],
    };
  }
  return undefined;
}

/** What a column numbered by a sequence holds. */
function storedName(name: string): string {
  return { smallserial: 'smallint', serial: 'integer', bigserial: 'bigint' }[name] ?? name;
}

function isCheckedDomain(names: readonly string[] | undefined, schema: Schema): boolean {
  return names !== undefined && schema.others.get(keyOf(names))?.isChecked === true;
}

export const requiredColumn: Rule = {
  name: 'add-column-required',
  check(statement, { schema }) {
    return addedColumns(statement, schema).flatMap(({ table, column, constraints }) => {
      const has = (...kinds: string[]) => constraints.some(({ contype = '' }) => kinds.includes(contype));
      const type = column.typeName && readType(column.typeName);
      if (!has('CONSTR_NOTNULL', 'CONSTR_PRIMARY') || (type && isSerial(type))) return [];
      if (has('CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED')) return [];
      const name = quote(column.colname ?? '');
      const relation = quoteRelation(table);
      return [
        {
          what: `adds column ${name} to ${relation}, NOT NULL without a default`,
          effect:
            'Fails where the table has rows; where it has none, every INSERT of the running release fails, since it does not name the column.',
          safe: [
            'Give it a constant default, which rewrites nothing, or add it nullable and make it NOT NULL a release later:',
            `ALTER TABLE ${relation} ADD COLUMN ${name} ${type ? describeType(type) : '…'} NOT NULL DEFAULT …;`,
          ],
        },
      ];
    });
  },
};
