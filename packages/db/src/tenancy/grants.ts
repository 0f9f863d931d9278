import type { ClientBase } from 'pg';
import { quote, quoteTable } from '../quote.ts';
import { APP_ROLE, JOBS_ROLE, ROLES } from '../roles/roles.ts';
import type { Privilege } from './annotations.ts';
import type { ObjectRule, TableRule, TenancyRules } from './rules.ts';

const HEADER = `-- What ${APP_ROLE}, as which tenants are answered, and ${JOBS_ROLE}, which works for all of them, may do: derived
-- from /// @grant in schema.prisma. Written by \`pnpm db:migrate\`; \`pnpm db:check\` compares. It is no migration, since
-- roles belong to the server: \`pnpm db:deploy\` and \`pnpm ops:prepare-postgres\` run it each time, as one transaction.
`;

/** None where the table is not there. */
const COLUMNS = `
  SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`;

/** A table's own sequences, whose numbers an INSERT takes; those of an identity need no right. */
const SEQUENCES = `
  SELECT s.oid::regclass::text AS name
  FROM pg_class AS s JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a'
  WHERE s.relkind = 'S' AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1)
  ORDER BY 1`;

/** Whichever it is; null when there is no such thing. */
const OBJECT = `
  SELECT coalesce(to_regprocedure($1)::oid::regprocedure::text, to_regclass($1)::oid::regclass::text) AS name,
    CASE WHEN to_regprocedure($1) IS NOT NULL THEN 'ROUTINE'
      WHEN (SELECT relkind FROM pg_class WHERE oid = to_regclass($1)) = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind`;

/**
 * The statements that give {@link ROLES} the rights that the schema grants, and take away others that they have on the
 * same tables and functions. What no migration makes yet is passed over.
 *
 * @param client on a database that the migrations made
 */
export async function formatGrants(client: ClientBase, { tables, objects }: TenancyRules): Promise<string> {
  const blocks: string[] = [];
  for (const rule of sorted(tables, ({ model }) => quoteTable(model))) {
    const block = await tableBlock(client, rule);
    if (block) blocks.push(block);
  }
  const names = [...new Set(objects.map(({ object }) => object))].sort();
  for (const name of names) {
    const block = await objectBlock(
      client,
      name,
      objects.filter(({ object }) => object === name),
    );
    if (block) blocks.push(block);
  }
  const schemas = [...new Set(tables.map(({ model }) => model.schema))].sort();
  const usage = schemas.map((schema) => `GRANT USAGE ON SCHEMA ${quote(schema)} TO ${ROLES.join(', ')};`);
  return [HEADER, `${usage.join('\n')}\n`, ...blocks.map((block) => `${block}\n`)].join('\n');
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function tableBlock(client: ClientBase, { model, privileges }: TableRule): Promise<string | undefined> {
  const table = quoteTable(model);
  const { rows: columns } = await client.query<{ name: string }>(COLUMNS, [table]);
  if (columns.length === 0) return undefined;
  const made = privilegesOn(
    columns.map(({ name }) => name),
    privileges,
  );
  const inserts = made.some(({ name }) => name === 'INSERT');
  const { rows: sequences } = await withoutPath<{ name: string }>(client, SEQUENCES, [table]);
  return [
    `REVOKE ALL ON TABLE ${table} FROM PUBLIC, ${ROLES.join(', ')};`,
    ...(made.length > 0 ? [`GRANT ${formatPrivileges(made)} ON TABLE ${table} TO ${APP_ROLE};`] : []),
    ...sequences.flatMap(({ name }) => [
      `REVOKE ALL ON SEQUENCE ${name} FROM PUBLIC, ${ROLES.join(', ')};`,
      ...(inserts ? [`GRANT USAGE ON SEQUENCE ${name} TO ${APP_ROLE};`] : []),
    ]),
  ].join('\n');
}

function privilegesOn(columns: readonly string[], privileges: readonly Privilege[]): Privilege[] {
  return privileges.flatMap(({ name, fields }): Privilege[] => {
    if (fields === undefined) return [{ name }];
    const made = fields.filter((field) => columns.includes(field));
    return made.length > 0 ? [{ name, fields: made }] : [];
  });
}

async function objectBlock(
  client: ClientBase,
  object: string,
  rules: readonly ObjectRule[],
): Promise<string | undefined> {
  const privileges = rules.flatMap((rule) => rule.privileges);
  if (privileges.length === 0) return undefined;
  const { rows } = await withoutPath<{ name: string | null; kind: string }>(client, OBJECT, [
    qualified(object),
  ]);
  const [found] = rows;
  if (!found?.name) return undefined;
  return [
    `REVOKE ALL ON ${found.kind} ${found.name} FROM PUBLIC, ${ROLES.join(', ')};`,
    ...privileges.map(
      (privilege) =>
        `GRANT ${formatPrivileges([privilege])} ON ${found.kind} ${found.name} TO ${privilege.role};`,
    ),
  ].join('\n');
}

/** In schema public, where no other is named. */
function qualified(object: string): string {
  const [name = ''] = object.split('(');
  return name.includes('.') ? object : `public.${object}`;
}

function formatPrivileges(privileges: readonly Privilege[]): string {
  return privileges
    .map(({ name, fields }) => (fields ? `${name} (${fields.map(quote).join(', ')})` : name))
    .join(', ');
}

/** With every name printed in full. */
async function withoutPath<Row extends object>(client: ClientBase, sql: string, values: unknown[]) {
  await client.query(`SET search_path = ''`);
  try {
    return await client.query<Row>(sql, values);
  } finally {
    await client.query('RESET search_path');
  }
}
