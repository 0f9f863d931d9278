import { type Model, type ModelRelation, readModels } from './models.ts';
import type { TenancyRules } from './rules.ts';

/**
 * Reads the models of a schema whose relations may still leave the tenant out. Prisma refuses a relation to something
 * that is no key, as is the id of a model whose key the tenant leads; so such keys are added to what it reads.
 *
 * @throws SchemaTextError
 */
export function readModelsToLead(schema: string): Model[] {
  try {
    return readModels(schema);
  } catch (error) {
    try {
      return readModels(withReferencedKeys(schema));
    } catch {
      throw error;
    }
  }
}

function withReferencedKeys(schema: string): string {
  const relations = /^\s*\w+\s+(\w+)\??\s+@relation\([^)]*references:\s*\[([^\]]*)\]/gm;
  const keys = new Set([...schema.matchAll(relations)].map(([, model, fields]) => `${model} ${fields}`));
  let text = schema;
  for (const key of keys) {
    const [, model, fields] = /^(\w+) (.*)$/.exec(key) ?? [];
    const map = `referenced ${key}`;
    text = text.replace(
      new RegExp(`^(\\s*model\\s+${model}\\s*\\{[^\\n]*)$`, 'm'),
      (line) => `${line}\n  @@unique([${fields}], map: "${map}")`,
    );
  }
  return text;
}

export interface Led {
  readonly schema: string;
  /** What was changed, a sentence each. */
  readonly changes: readonly string[];
}

/**
 * Lets the tenant lead the keys of every model that has one: `@id` becomes `@@id([tenantId, id])`, `@unique` becomes
 * `@@unique([tenantId, …])`, and a relation between two such models holds the tenant on both sides. A relation that does
 * not say what happens to it gets NO ACTION, as keys never change.
 *
 * Changes the lines it has to, and nothing in a schema whose keys are led already, or are exempt by name.
 */
export function leadWithTenant(schema: string, { tables: rules, objects }: TenancyRules): Led {
  const tenants = new Map(
    rules.flatMap(({ model, tenancy }) => (tenancy.kind === 'tenant' ? [[model.name, tenancy.field]] : [])),
  );
  const changes: string[] = [];
  const lines = schema.split('\n');
  for (const { model } of rules) {
    const tenant = tenants.get(model.name);
    const start = lines.findIndex((line) => new RegExp(`^\\s*model\\s+${model.name}\\s*\\{`).test(line));
    const end = lines.findIndex((line, index) => index > start && /^\s*\}/.test(line));
    if (tenant === undefined || start < 0 || end < 0) continue;
    const body = lines.slice(start + 1, end);
    const exempt = new Set(objects.map(({ object }) => object));
    const led = ledModel(body, { model, tenant, tenants, exempt, changes });
    lines.splice(start + 1, end - start - 1, ...led);
  }
  return { schema: lines.join('\n'), changes };
}

/** What stands before a comment; two slashes in a text begin none. */
const CODE_AND_COMMENT = /^((?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*)(.*)$/;

interface Work {
  readonly model: Model;
  readonly tenant: string;
  /** The tenant's field of each model that has one. */
  readonly tenants: ReadonlyMap<string, string>;
  /** Keys and constraints that are right as they are. */
  readonly exempt: ReadonlySet<string>;
  readonly changes: string[];
}

/** What a key is called in the database: the name that it is given, or the one that Prisma makes. */
function constraintName(code: string, { table }: Model, fields: readonly string[], suffix: string): string {
  const [, given] = /\bmap:\s*"([^"]*)"/.exec(code) ?? [];
  return given ?? [table, ...fields, suffix].join('_');
}

function columnsOf(model: Model, fields: readonly string[]): string[] {
  return fields.map((name) => model.fields.find((field) => field.name === name)?.column ?? name);
}

function ledModel(body: readonly string[], { model, tenant, tenants, exempt, changes }: Work): string[] {
  const added: string[] = [];
  const ledLine = (line: string): string => {
    const [, field = ''] = /^\s*(\w+)\s/.exec(line) ?? [];
    const isExempt = (fields: readonly string[], suffix: string) => {
      const name = constraintName(line, model, columnsOf(model, fields), suffix);
      return exempt.has(suffix === 'fkey' ? `${model.table}.${name}` : name);
    };
    const relation = model.relations.find(({ name }) => name === field);
    if (relation && isExempt(relation.fields, 'fkey')) return line;
    if (relation) return ledRelation(line, relation, tenant, tenants.get(relation.to), model, changes);
    const block = /^(\s*)@@(id|unique)\(\s*(?:fields:\s*)?\[([^\]]*)\]/.exec(line);
    const listed = block?.[3]?.split(',').map((name) => name.trim()) ?? [];
    if (block && (block[2] === 'id' ? isExempt([], 'pkey') : isExempt(listed, 'key'))) return line;
    if (block) return ledBlock(line, block[2] as string, block[3] as string, tenant, model, changes);
    const key = field === tenant ? null : /\s+@(id|unique)\b(?:\(((?:[^()"]|"[^"]*")*)\))?/.exec(line);
    if (!key || !model.fields.some(({ name }) => name === field)) return line;
    const [text, kind = '', rest = ''] = key;
    if (kind === 'id' ? isExempt([], 'pkey') : isExempt([field], 'key')) return line;
    const columns = `[${tenant}, ${field}]`;
    added.push(`  @@${kind}(${[columns, ...(rest.trim() === '' ? [] : [rest.trim()])].join(', ')})`);
    changes.push(`${model.name}: @${kind} of ${field} became @@${kind}(${columns})`);
    return line.replace(text, '');
  };
  const led = body.map((line) => {
    const [, code = '', comment = ''] = CODE_AND_COMMENT.exec(line) ?? [];
    return `${ledLine(code)}${comment}`;
  });
  if (added.length === 0) return led;
  const place = led.findIndex((line) => /^\s*@@/.test(line));
  if (place >= 0) return [...led.slice(0, place), ...added, ...led.slice(place)];
  return [...led, ...(led.at(-1)?.trim() === '' ? [] : ['']), ...added];
}

function ledBlock(
  line: string,
  kind: string,
  list: string,
  tenant: string,
  model: Model,
  changes: string[],
): string {
  const fields = list.split(',').map((field) => field.trim());
  if (fields[0] === tenant) return line;
  const led = `[${[tenant, ...fields.filter((field) => field !== tenant)].join(', ')}]`;
  changes.push(`${model.name}: @@${kind}([${fields.join(', ')}]) became @@${kind}(${led})`);
  return line.replace(/\[[^\]]*\]/, () => led);
}

function ledRelation(
  line: string,
  { name, to, fields, references, hasActions }: ModelRelation,
  tenant: string,
  target: string | undefined,
  model: Model,
  changes: string[],
): string {
  if (target === undefined || (fields[0] === tenant && references[0] === target)) return line;
  const pairs = fields
    .map((field, index) => [field, references[index] as string] as const)
    .filter(([field, reference]) => field !== tenant && reference !== target);
  const led = [tenant, ...pairs.map(([field]) => field)].join(', ');
  const actions = hasActions ? '' : ', onDelete: NoAction, onUpdate: NoAction';
  changes.push(`${model.name}: the relation ${name} to ${to} holds the tenant, fields: [${led}]`);
  return line
    .replace(/fields:\s*\[[^\]]*\]/, () => `fields: [${led}]`)
    .replace(
      /references:\s*\[[^\]]*\]/,
      () => `references: [${[target, ...pairs.map(([, reference]) => reference)].join(', ')}]${actions}`,
    );
}
