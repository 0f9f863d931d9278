import type { Node } from 'libpg-query';
import { quote } from '../../../quote.ts';
import { alterations } from '../alterations.ts';
import type { Rule } from '../rule.ts';
import { keyOf, nameParts, quoteRelation } from '../schema/names.ts';

export const dropColumn: Rule = {
  name: 'drop-column',
  needsRelease: true,
  check(statement, { schema }) {
    return alterations(statement, schema).flatMap(({ table, command: { subtype, name = '' } }) => {
      if (subtype !== 'AT_DropColumn') return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `drops ${relation}.${quote(name)}`,
          effect:
            'A release whose Prisma schema has the column reads it in every query of the table: all of them fail from then on.',
          safe: [
            'Contract last. First release a schema in which the field is @ignore; when no older release runs any more, remove the field and say so here:',
            '-- lint: allow drop-column because release 1.4 has it as @ignore and no older one runs',
            `ALTER TABLE ${relation} DROP COLUMN ${quote(name)};`,
          ] as const,
        },
      ];
    });
  },
};

export const dropColumnInUse: Rule = {
  name: 'drop-column-in-use',
  check(statement, { schema }) {
    return alterations(statement, schema).flatMap(({ table, command: { subtype, name = '' } }) => {
      const column = schema.column(table, name);
      if (subtype !== 'AT_DropColumn' || !column?.isNotNull || column.hasDefault) return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `drops ${relation}.${quote(name)}, which every INSERT still has to name`,
          effect:
            'The column is NOT NULL without a default, so a release that inserts into the table still writes it: its inserts fail from then on.',
          safe: [
            'Let a release before this one do without the column:',
            `ALTER TABLE ${relation} ALTER COLUMN ${quote(name)} DROP NOT NULL;`,
          ] as const,
        },
      ];
    });
  },
};

/** What a statement drops of these kinds. */
function dropped(node: Node, kinds: Readonly<Record<string, string>>): { kind: string; parts: string[] }[] {
  if (!('DropStmt' in node)) return [];
  const { removeType = '', objects = [] } = node.DropStmt;
  const kind = kinds[removeType];
  return kind === undefined ? [] : objects.map((object) => ({ kind, parts: nameParts(object) }));
}

const TABLES: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'table',
  OBJECT_FOREIGN_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'view',
};

export const dropTable: Rule = {
  name: 'drop-table',
  needsRelease: true,
  check({ node }, { schema }) {
    return dropped(node, TABLES).flatMap(({ kind, parts }) => {
      if (schema.isNew(schema.tables.get(keyOf(parts))) || schema.isNewNamed(parts)) return [];
      const name = parts.map(quote).join('.');
      return [
        {
          what: `drops ${kind} ${name}`,
          effect: `Every statement of a release that still uses it fails from then on, and what is in it is gone. An ACCESS EXCLUSIVE lock falls on it and on every table tied to it by a foreign key.`,
          safe: [
            'Contract last. First release a schema without it; when no older release runs any more, say so here:',
            '-- lint: allow drop-table because release 1.4 was the first without it and no older one runs',
            `DROP ${kind.toUpperCase()} ${name};`,
          ] as const,
        },
      ];
    });
  },
};

const OBJECTS: Readonly<Record<string, string>> = {
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'domain',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'procedure',
  OBJECT_ROUTINE: 'routine',
  OBJECT_SCHEMA: 'schema',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_EXTENSION: 'extension',
};

export const dropObject: Rule = {
  name: 'drop-object',
  needsRelease: true,
  check({ node }, { schema }) {
    return dropped(node, OBJECTS).flatMap(({ kind, parts }) => {
      if (schema.isNewNamed(parts)) return [];
      return [
        {
          what: `drops ${kind} ${parts.map(quote).join('.')}`,
          effect: 'Every statement of a release that still uses it fails from then on.',
          safe: [
            'Drop it when no release that uses it runs any more, and say so here:',
            '-- lint: allow drop-object because release 1.4 was the first without it and no older one runs',
          ] as const,
        },
      ];
    });
  },
};

export const dropCascade: Rule = {
  name: 'drop-cascade',
  check(statement, { schema }) {
    const { node } = statement;
    if ('DropOwnedStmt' in node) {
      return [
        {
          what: 'drops everything that a role owns',
          effect: 'What that is depends on the database: tables and their rows among it.',
          safe: ['Drop by name what is to go, or give it to another role:', 'REASSIGN OWNED BY … TO …;'],
        },
      ];
    }
    const drop = 'DropStmt' in node && node.DropStmt.behavior === 'DROP_CASCADE';
    const parts = alterations(statement, schema).filter(
      ({ command: { subtype = '', behavior } }) => behavior === 'DROP_CASCADE' && /^AT_Drop/.test(subtype),
    );
    if (!drop && parts.length === 0) return [];
    return [
      {
        what: 'drops with CASCADE',
        effect:
          'Everything that depends on it goes as well, and what that is depends on the database: foreign keys, views, columns of other tables.',
        safe: ['Drop what depends on it by name first, then:', 'DROP … RESTRICT;'],
      },
    ];
  },
};
