import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Changes } from './changes.mjs';
import { camel, kebab, plural, said, snake } from './names.mjs';

const SCHEMA = 'packages/db/prisma/postgres/schema.prisma';
const CLIENT = 'packages/db/src/db-client.ts';

/** The types that a field may be given beside the schema's enums: as they are stored, and a value for the test. */
const TYPES = new Map([
  ['String', { stored: '', sample: `'a text'` }],
  ['Int', { stored: '', sample: '7' }],
  ['Decimal', { stored: '@db.Decimal', sample: `'1.50'` }],
  ['Boolean', { stored: '', sample: 'true' }],
  ['DateTime', { stored: '@db.Timestamptz(6)', sample: `new Date('2025-01-15T10:30:00Z')` }],
  ['Json', { stored: '@db.JsonB', sample: '{ a: 1 }' }],
]);

/** What every model is given. */
const OWN_FIELDS = ['id', 'tenantId', 'createdAt', 'tenant'];

/**
 * A model whose rows belong to a tenant, in the schema, with a test on both databases. Its migrations are made by
 * `db:migrate`.
 *
 * @param {string} root the repository's folder
 * @param {readonly string[]} args its name, and its fields, such as `amount:Decimal` and `note:String?`
 * @param {{ table?: string | undefined }} [options] `table` where the plural is not what English mostly has
 * @returns {{ files: readonly string[], migration: string }} with the name of the migration that makes its table
 */
export function newModel(root, [given, ...fields], { table: chosen } = {}) {
  const changes = new Changes(root);
  const schema = changes.read(SCHEMA);
  const name = requireModelName(given, schema, changes.read(CLIENT));
  const table = chosen ?? plural(snake(name));
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(table)) {
    throw new Error(`"${table}" cannot be the name of a table: small letters, digits and _, at most 63.`);
  }
  if (schema.includes(`@@map("${table}")`)) {
    throw new Error(`There is a table ${table} already: choose another one, --table NAME.`);
  }
  const read = fields.map((field) => readField(field, schema));
  const twice = read.find(({ field }, i) => read.findIndex((other) => other.field === field) !== i);
  if (twice) throw new Error(`The field "${twice.field}" is there twice: name each once.`);

  changes.edit(SCHEMA, (text) => `${withRelation(text, name, table)}\n${modelText(name, table, read)}`);
  requireValid(root, { before: schema, after: changes.read(SCHEMA) }, name);
  changes.createFrom(`packages/db/test/models/${kebab(name)}.test.ts`, 'model/model.test.ts.tmpl', {
    Name: name,
    model: camel(name),
    samples: read.map(({ field, sample }) => `, ${field}: ${sample}`).join(''),
  });
  return { files: changes.write(), migration: `add_${table}` };
}

/**
 * @param {string | undefined} name
 * @param {string} schema
 * @param {string} client the text of the module that says what a client has beside its models
 */
function requireModelName(name, schema, client) {
  if (name === undefined || !/^[A-Z][A-Za-z0-9]{0,39}$/.test(name)) {
    throw new Error(
      `${said(name)} cannot be the name of a model: a capital, then letters and digits, at most 40, such as CreditNote.`,
    );
  }
  const known = new RegExp(`^(?:model|enum) ${name} \\{`, 'm').exec(schema);
  if (known)
    throw new Error(`The schema has ${known[0].slice(0, -2)} already: choose another name for the model.`);
  const members = /interface OwnMembers \{\n(.*?)^\}/ms.exec(client)?.[1] ?? '';
  const taken = [...members.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, member]) => member);
  if (taken.length === 0)
    throw new Error(`${CLIENT} is not as this generator knows it: fix scripts/lib/new.`);
  if (taken.includes(camel(name))) {
    throw new Error(
      `"${name}" is reserved, db.${camel(name)} is something else: choose another name for the model.`,
    );
  }
  return name;
}

/** @param {string} given @param {string} schema */
function readField(given, schema) {
  const [, field, type = '', optional = ''] = /^([a-z][A-Za-z0-9]{0,39}):(\w+)(\?)?$/.exec(given) ?? [];
  if (field === undefined) {
    throw new Error(`"${given}" is no field: write NAME:TYPE, such as amount:Decimal or note:String?.`);
  }
  if (OWN_FIELDS.includes(field)) throw new Error(`Every model has a field "${field}": leave it out.`);
  const values = new RegExp(`^enum ${type} \\{\\n +(\\w+)`, 'm').exec(schema);
  const known = TYPES.get(type) ?? (values ? { stored: '', sample: `'${values[1]}' as const` } : undefined);
  if (known === undefined) {
    const enums = [...schema.matchAll(/^enum (\w+) \{/gm)].map(([, name]) => name);
    throw new Error(
      `The type "${type}" of the field "${field}" is none of ${[...TYPES.keys(), ...enums].join(', ')}.`,
    );
  }
  return { field, type: `${type}${optional}`, ...known };
}

/**
 * @param {string} name
 * @param {string} table
 * @param {readonly { field: string, type: string, stored: string }[]} fields
 */
function modelText(name, table, fields) {
  const rows = [
    ['id', 'BigInt', '@default(autoincrement())'],
    ['tenantId', 'Int', '@map("tenant_id")'],
    ...fields.map(({ field, type, stored }) => [field, type, `${mapped(field)} ${stored}`.trim()]),
    ['createdAt', 'DateTime', '@default(now()) @map("created_at") @db.Timestamptz(6)'],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join(' ')
      .trimEnd(),
  );
  return [
    `model ${name} {`,
    ...lines.map((line) => `  ${line}`),
    '',
    '  tenant Tenant @relation(fields: [tenantId], references: [id], onDelete: NoAction, onUpdate: NoAction)',
    '',
    '  @@id([tenantId, id])',
    `  @@map("${table}")`,
    '}',
    '',
  ].join('\n');
}

/** @param {string} field */
const mapped = (field) => (snake(field) === field ? '' : `@map("${snake(field)}")`);

/** The other end of the relation, behind the tenant's last field. @param {string} schema @param {string} name @param {string} table */
function withRelation(schema, name, table) {
  return schema.replace(
    /(^model Tenant \{\n(?:(?!\}|\s+@@).*\n)*.*\S\n)(\n\s+@@)/m,
    `$1  ${camel(table)} ${name}[]\n$2`,
  );
}

/**
 * By Prisma's own rules, which have reserved names, too. A schema that was invalid before is none of its business.
 *
 * @param {string} root
 * @param {{ before: string, after: string }} schema
 * @param {string} name
 */
function requireValid(root, { before, after }, name) {
  const { get_dmmf } = createRequire(join(root, 'packages/schema-engine/package.json'))(
    '@prisma/prisma-schema-wasm',
  );
  /** @param {string} prismaSchema */
  const faultOf = (prismaSchema) => {
    try {
      get_dmmf(JSON.stringify({ prismaSchema }));
      return undefined;
    } catch (error) {
      const { message } = JSON.parse(/** @type {Error} */ (error).message);
      return /error(?:\S*m)?: (?:\S*m)?(.*)/.exec(String(message))?.[1] ?? String(message);
    }
  };
  const fault = faultOf(after);
  if (fault === undefined || faultOf(before) !== undefined) return;
  throw new Error(`Prisma does not take the model ${name}: ${fault}`);
}
