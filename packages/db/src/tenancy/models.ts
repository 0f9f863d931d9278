import { readDmmf, withoutIgnore } from '@vatevo/schema-engine/schema-text';

/** A field of a model that is a column of its table. */
export interface ModelField {
  readonly name: string;
  readonly column: string;
  /** `Int`, `String`, `Decimal` …, or the name of an enum. */
  readonly type: string;
  readonly isRequired: boolean;
  /** It alone is the primary key. */
  readonly isId: boolean;
  /** The running release neither reads nor writes it: `@ignore`. */
  readonly isIgnored: boolean;
  /** Ignored, and to stay in the database all the same. */
  readonly isKept: boolean;
  /** The lines of its documentation, without `///`. */
  readonly documentation: readonly string[];
}

/** A foreign key, seen from the model that holds it. */
export interface ModelRelation {
  readonly name: string;
  /** The model that it points to. */
  readonly to: string;
  readonly fields: readonly string[];
  readonly references: readonly string[];
  /** It says itself what happens to it when the other row goes or changes. */
  readonly hasActions: boolean;
}

/** A model of `schema.prisma`, and the table that it is. */
export interface Model {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly fields: readonly ModelField[];
  readonly relations: readonly ModelRelation[];
  /** The lists on the other side of which is a list as well: Prisma makes a table for them by itself. */
  readonly manyToMany: readonly string[];
  /** The lines of its documentation, without `///`. */
  readonly documentation: readonly string[];
}

interface DmmfField {
  readonly name: string;
  readonly dbName?: string | null;
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly isId: boolean;
  readonly documentation?: string;
  readonly relationName?: string;
  readonly relationFromFields?: readonly string[];
  readonly relationToFields?: readonly string[];
  readonly relationOnDelete?: string;
  readonly relationOnUpdate?: string;
}

interface DmmfModel {
  readonly name: string;
  readonly dbName: string | null;
  readonly schema: string | null;
  readonly documentation?: string;
  readonly fields: readonly DmmfField[];
}

/**
 * Reads the models of a Prisma schema, those and the fields with `@ignore` included: they are in the database.
 *
 * Prisma's own parser reads the text, twice: it leaves out what is ignored.
 *
 * @throws SchemaTextError
 */
export function readModels(schema: string): Model[] {
  const used = new Map(parse(schema).map((model) => [model.name, model]));
  const all = parse(withoutIgnore(schema));
  return all.map((model) => toModel(model, used.get(model.name), all));
}

function parse(schema: string): readonly DmmfModel[] {
  return readDmmf<{ models: readonly DmmfModel[] }>(schema).models;
}

function toModel(model: DmmfModel, used: DmmfModel | undefined, all: readonly DmmfModel[]): Model {
  const inUse = new Set(used?.fields.map(({ name }) => name));
  const columns = model.fields.filter(({ kind }) => kind !== 'object');
  const objects = model.fields.filter(({ kind }) => kind === 'object');
  return {
    name: model.name,
    schema: model.schema ?? 'public',
    table: model.dbName ?? model.name,
    fields: columns.map(({ name, dbName, type, isRequired, isId, documentation }) => ({
      name,
      column: dbName ?? name,
      type,
      isRequired,
      isId,
      isIgnored: !inUse.has(name),
      isKept: linesOf(documentation).some((line) => line.startsWith('@kept')),
      documentation: linesOf(documentation),
    })),
    relations: objects
      .filter(({ relationFromFields = [] }) => relationFromFields.length > 0)
      .map((field) => ({
        name: field.name,
        to: field.type,
        fields: field.relationFromFields ?? [],
        references: field.relationToFields ?? [],
        hasActions: field.relationOnDelete !== undefined || field.relationOnUpdate !== undefined,
      })),
    manyToMany: objects.filter((field) => isManyToMany(field, all)).map(({ name }) => name),
    documentation: linesOf(model.documentation),
  };
}

function linesOf(documentation = ''): string[] {
  return documentation.split('\n').map((line) => line.trim());
}

function isManyToMany({ relationName, isList }: DmmfField, all: readonly DmmfModel[]): boolean {
  if (!isList || relationName === undefined) return false;
  const sides = all.flatMap(({ fields }) => fields).filter((field) => field.relationName === relationName);
  return sides.every((side) => side.isList);
}
