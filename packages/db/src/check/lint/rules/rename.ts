import { quote } from '../../../quote.ts';
import type { Rule } from '../rule.ts';
import { nameParts, quoteRelation } from '../schema/names.ts';

/** What the running release calls by name. */
const CALLED: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'view',
  OBJECT_COLUMN: 'column',
  OBJECT_ATTRIBUTE: 'column',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_FUNCTION: 'function',
  OBJECT_SCHEMA: 'schema',
  OBJECT_SEQUENCE: 'sequence',
};

export const rename: Rule = {
  name: 'rename',
  check({ node }, { schema }) {
    if ('RenameStmt' in node) {
      const { renameType = '', relation, subname, newname = '', object } = node.RenameStmt;
      const kind = CALLED[renameType];
      const isNew = relation ? schema.isNewTable(relation) : schema.isNewNamed(nameParts(object));
      if (kind === undefined || isNew) return [];
      const owner = relation ? quoteRelation(relation) : nameParts(object).map(quote).join('.');
      const old = kind === 'column' ? `${owner}.${quote(subname ?? '')}` : owner || quote(subname ?? '');
      return [
        {
          what: `renames ${kind} ${old} to ${quote(newname)}`,
          effect: 'Every statement of the running release that uses the old name fails from then on.',
          safe: (kind === 'column'
            ? [
                'Keep the name in the database and change it in the Prisma schema alone (@map); or expand, and contract a release later:',
                `ALTER TABLE ${owner} ADD COLUMN ${quote(newname)} …;`,
                '-- a trigger keeps the two equal; backfill in batches; later: DROP COLUMN',
              ]
            : [
                'Keep the name in the database and change it in the Prisma schema alone (@@map); or leave a view under the old name:',
                `CREATE VIEW ${old} AS SELECT * FROM ${quote(newname)};`,
              ]) as [string, ...string[]],
        },
      ];
    }
    if ('AlterObjectSchemaStmt' in node) {
      const { relation, object, newschema = '' } = node.AlterObjectSchemaStmt;
      if (relation ? schema.isNewTable(relation) : schema.isNewNamed(nameParts(object))) return [];
      const what = relation ? quoteRelation(relation) : nameParts(object).map(quote).join('.');
      return [
        {
          what: `moves ${what} to schema ${quote(newschema)}`,
          effect: 'Every statement of the running release that looks for it where it was fails from then on.',
          safe: [
            'Leave it where it is; or move it and leave a view in its place, in one migration, and allow this:',
            `CREATE VIEW ${what} AS SELECT * FROM ${quote(newschema)}.…;`,
          ],
        },
      ];
    }
    return [];
  },
};
