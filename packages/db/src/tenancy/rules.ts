import type { Fault } from '../check/fault.ts';
import type { Role } from '../roles/roles.ts';
import { type Annotation, type Privilege, readAnnotation, type SaidPrivilege } from './annotations.ts';
import type { Model, ModelField } from './models.ts';

/** To whom the rows of a table belong. */
type Tenancy =
  /** Each row to the tenant in this column. */
  | { readonly kind: 'tenant'; readonly field: string; readonly column: string }
  /** The rows are the tenants, by this column. */
  | { readonly kind: 'root'; readonly field: string; readonly column: string }
  /** To no tenant, for a reason that the schema gives. */
  | { readonly kind: 'exempt'; readonly reason: string };

/** What the schema says of one table. */
export interface TableRule {
  readonly model: Model;
  readonly tenancy: Tenancy;
  /** What a tenant's statements may do with its rows, by columns. */
  readonly privileges: readonly Privilege[];
}

/** What the schema says of something that no model knows: a function, a view, a constraint. */
export interface ObjectRule {
  /** As the schema names it: `vatevo_tenant_by_key(text)`. */
  readonly object: string;
  readonly reason: string;
  readonly privileges: readonly GivenPrivilege[];
}

/** A right, and the role that has it. */
export interface GivenPrivilege extends Privilege {
  readonly role: Role;
}

export interface TenancyRules {
  readonly tables: readonly TableRule[];
  readonly objects: readonly ObjectRule[];
}

const FILE = 'prisma/postgres/schema.prisma';

/** The field that holds the tenant where nothing else is said. */
const TENANT_FIELD = 'tenantId';

const ALL: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((name) => ({ name }));

/**
 * What the models say of tenants: to whom each table's rows belong, and what a tenant may do with them.
 *
 * 1. A model says it itself: `/// @tenant FIELD`, or `/// @exempt because REASON`; that of the tenants, `/// @tenants`.
 * 2. Else its tenant is `tenantId`, or the one field by which it points to the tenants, or to the tenant of a
 *    model that has one.
 * 3. A model without any of these is refused: nothing would keep its rows apart.
 */
export function readTenancy(models: readonly Model[], schema: string): TenancyRules & { faults: Fault[] } {
  const faults: Fault[] = [];
  const said = new Map(models.map((model) => [model, readAnnotations(model, faults)]));
  faults.push(...strayAnnotations(models, schema));
  const known = new Map<string, Tenancy>();
  for (const [model, annotations] of said) {
    const own = saidTenancy(model, annotations, faults);
    if (own) known.set(model.name, own);
  }
  for (const model of models) {
    if (!known.has(model.name) && hasField(model, TENANT_FIELD))
      known.set(model.name, by(model, TENANT_FIELD));
  }
  settleByRelations(models, known, faults);
  const tables: TableRule[] = [];
  const objects: ObjectRule[] = [];
  for (const [model, annotations] of said) {
    objects.push(...objectRules(annotations));
    const tenancy = known.get(model.name);
    if (!tenancy) continue;
    faults.push(...refuseOptionalTenant(model, tenancy), ...refuseManyToMany(model, tenancy));
    tables.push({ model, tenancy, privileges: ownPrivileges(model, tenancy, annotations, faults) });
  }
  return { tables, objects, faults };
}

function readAnnotations(model: Model, faults: Fault[]): Annotation[] {
  return model.documentation.flatMap((line) => {
    const annotation = readAnnotation(line);
    if (annotation === undefined) return [];
    if ('kind' in annotation && annotation.kind !== 'kept') return [annotation];
    faults.push({
      file: FILE,
      problem: `model ${model.name}: "${line}" ${'line' in annotation ? annotation.problem : 'is for a field'}`,
      fix: 'line' in annotation ? annotation.fix : 'Put it above the field that is ignored.',
    });
    return [];
  });
}

/** An annotation that belongs to no model: an empty line behind it, or a field below it. */
function strayAnnotations(models: readonly Model[], schema: string): Fault[] {
  const read = models.flatMap(({ documentation }) => documentation);
  const fields = models.flatMap((model) => model.fields).filter(({ isIgnored }) => isIgnored);
  const kept = fields
    .flatMap(({ documentation }) => documentation)
    .filter((line) => line.startsWith('@kept'));
  return schema.split('\n').flatMap((text, index) => {
    const [, line] = /^\s*\/\/\/\s?(.*)$/.exec(text) ?? [];
    const annotation = line === undefined ? undefined : readAnnotation(line.trim());
    if (annotation === undefined || read.includes((line as string).trim())) return [];
    if ('kind' in annotation && annotation.kind === 'kept' && kept.includes((line as string).trim()))
      return [];
    return [
      {
        file: `${FILE}:${index + 1}`,
        problem: 'an annotation that belongs to no model',
        fix: 'Put it directly above "model …", with no empty line between; @kept above a field with @ignore.',
      },
    ];
  });
}

function hasField(model: Model, name: string): boolean {
  return model.fields.some((field) => field.name === name);
}

function fieldOf(model: Model, name: string): ModelField {
  return model.fields.find((field) => field.name === name) as ModelField;
}

function by(model: Model, field: string): Tenancy {
  return { kind: 'tenant', field, column: fieldOf(model, field).column };
}

function saidTenancy(model: Model, annotations: readonly Annotation[], faults: Fault[]): Tenancy | undefined {
  const own = annotations.filter(
    (annotation) =>
      annotation.kind === 'tenant' ||
      annotation.kind === 'tenants' ||
      (annotation.kind === 'exempt' && annotation.object === undefined),
  );
  const [first] = own;
  if (own.length > 1) {
    faults.push({
      file: FILE,
      problem: `model ${model.name} says more than once to whom its rows belong`,
      fix: 'Keep one line of @tenant or @exempt.',
    });
  }
  if (first?.kind === 'exempt') return { kind: 'exempt', reason: first.reason };
  if (first?.kind === 'tenants') return ownKey(model, faults);
  if (first?.kind !== 'tenant') return undefined;
  if (hasField(model, first.field)) return by(model, first.field);
  faults.push({
    file: FILE,
    problem: `model ${model.name} has no field ${first.field}, which it calls its tenant`,
    fix: 'Name the field that holds the tenant: /// @tenant FIELD',
  });
  return undefined;
}

function ownKey(model: Model, faults: Fault[]): Tenancy | undefined {
  const key = model.fields.find(({ isId }) => isId);
  if (key) return { kind: 'root', field: key.name, column: key.column };
  faults.push({
    file: FILE,
    problem: `model ${model.name} is that of the tenants, and its key is not one field`,
    fix: 'Give it one field with @id: that is what tenantId of the other models holds.',
  });
  return undefined;
}

/** A model that points to one with a tenant may hold it in the field of that foreign key. */
function settleByRelations(models: readonly Model[], known: Map<string, Tenancy>, faults: Fault[]): void {
  const open = () => models.filter(({ name }) => !known.has(name));
  for (let before = -1; before !== open().length; ) {
    before = open().length;
    for (const model of open()) {
      const [field, ...more] = candidates(model, known);
      if (field !== undefined && more.length === 0) known.set(model.name, by(model, field));
    }
  }
  for (const model of open()) {
    const fields = candidates(model, known);
    faults.push({
      file: FILE,
      problem:
        fields.length > 1
          ? `model ${model.name} points to the tenants by ${fields.join(' and ')}: which of them are its rows' own is not said`
          : `model ${model.name} has no tenant: nothing would keep its rows apart`,
      fix:
        fields.length > 1
          ? `Name it above the model: /// @tenant ${fields[0]}`
          : `Give it one, tenantId Int @map("tenant_id"), with a relation to a model that has it. If its rows belong to all: /// @exempt because REASON`,
    });
  }
}

function candidates(model: Model, known: ReadonlyMap<string, Tenancy>): string[] {
  const fields = model.relations.flatMap(({ to, fields, references }) => {
    const target = known.get(to);
    if (!target || target.kind === 'exempt') return [];
    const field = fields[references.indexOf(target.field)];
    return field === undefined ? [] : [field];
  });
  return [...new Set(fields)];
}

function refuseOptionalTenant(model: Model, tenancy: Tenancy): Fault[] {
  if (tenancy.kind === 'exempt' || fieldOf(model, tenancy.field).isRequired) return [];
  return [
    {
      file: FILE,
      problem: `model ${model.name}: its tenant, ${tenancy.field}, may be null: such rows belong to nobody, and no key can hold them`,
      fix: `Make it required, and put rows of nobody into a model of their own with /// @exempt because REASON`,
    },
  ];
}

function refuseManyToMany(model: Model, tenancy: Tenancy): Fault[] {
  if (tenancy.kind === 'exempt') return [];
  return model.manyToMany.map((name) => ({
    file: FILE,
    problem: `model ${model.name}: for ${name} Prisma makes a table by itself, which has no tenant`,
    fix: 'Write that table as a model with tenantId and two relations.',
  }));
}

function objectRules(annotations: readonly Annotation[]): ObjectRule[] {
  return annotations.flatMap((annotation) => {
    if (annotation.kind === 'tenant' || annotation.kind === 'tenants') return [];
    if (annotation.object === undefined) return [];
    const { object, reason = '' } = annotation;
    if (annotation.kind === 'exempt') return [{ object, reason, privileges: [] }];
    const { role, privileges } = annotation;
    return [{ object, reason, privileges: privileges.map((privilege) => ({ ...privilege, role })) }];
  });
}

function ownPrivileges(
  model: Model,
  tenancy: Tenancy,
  annotations: readonly Annotation[],
  faults: Fault[],
): Privilege[] {
  const own = annotations.flatMap((annotation) =>
    annotation.kind === 'grant' && annotation.object === undefined ? annotation.privileges : [],
  );
  const privileges: readonly SaidPrivilege[] = own.length > 0 || tenancy.kind !== 'tenant' ? own : ALL;
  return privileges.map(({ name, fields, except }) => {
    const named = fields ?? except;
    for (const field of named ?? []) {
      if (hasField(model, field)) continue;
      faults.push({
        file: FILE,
        problem: `model ${model.name} grants ${name} ${except ? 'on all but' : 'on'} ${field}, which is no field of it`,
        fix: `Take it out of the line /// @grant, or write the field's name as the model has it.`,
      });
    }
    if (named === undefined) return { name };
    const isGranted = (field: ModelField) => named.includes(field.name) === (fields !== undefined);
    return { name, fields: model.fields.filter(isGranted).map(({ column }) => column) };
  });
}
