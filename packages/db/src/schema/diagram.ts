import path from 'node:path';
import type { Model, ModelField } from '../tenancy/models.ts';

/** Where the diagram stands in the folder `prisma`. */
export function diagramFile(root: string): string {
  return path.join(root, 'models.md');
}

/**
 * The tables and what points where, as a page with a diagram in Mermaid's language, which code hosts show as a picture
 * (mermaid.js.org/syntax/entityRelationshipDiagram.html).
 */
export function drawModels(models: readonly Model[]): string {
  const tables = models.flatMap(drawTable);
  const relations = models.flatMap((model) => drawRelations(model, models));
  return [
    '# The tables',
    '',
    'Drawn from `postgres/schema.prisma` by `pnpm db:migrate` and `pnpm db:erd`; what a column means is said there.',
    '',
    '```mermaid',
    'erDiagram',
    ...tables,
    ...relations,
    '```',
    '',
  ].join('\n');
}

function drawTable(model: Model): string[] {
  const pointing = new Set(model.relations.flatMap(({ fields }) => fields));
  return [`  ${model.table} {`, ...model.fields.map((field) => `    ${drawColumn(field, pointing)}`), '  }'];
}

function drawColumn(field: ModelField, pointing: ReadonlySet<string>): string {
  const keys = [...(field.isId ? ['PK'] : []), ...(pointing.has(field.name) ? ['FK'] : [])].join(', ');
  const notes = [
    ...(field.isRequired ? [] : ['may be NULL']),
    ...(field.isIgnored ? ['not used any more'] : []),
  ].join(', ');
  return [field.type, field.column, keys, notes && `"${notes}"`].filter((part) => part !== '').join(' ');
}

function drawRelations({ table, fields, relations }: Model, models: readonly Model[]): string[] {
  const columnOf = (name: string) => fields.find((field) => field.name === name)?.column ?? name;
  return relations.map((relation) => {
    const to = models.find(({ name }) => name === relation.to)?.table ?? relation.to;
    const isOptional = relation.fields.some(
      (name) => fields.find((field) => field.name === name)?.isRequired === false,
    );
    return `  ${table} }o--${isOptional ? 'o|' : '||'} ${to} : "${relation.fields.map(columnOf).join(', ')}"`;
  });
}
