import { readFileSync } from 'node:fs';
import { SchemaTextError } from '@vatevo/schema-engine/schema-text';
import { describe, expect, it } from 'vitest';
import { prismaFiles } from '../../src/migrations/folder.ts';
import { leadWithTenant } from '../../src/tenancy/lead-with-tenant.ts';
import { readModels } from '../../src/tenancy/models.ts';
import { readTenancy } from '../../src/tenancy/rules.ts';

const HEAD = `datasource db {
  provider = "postgresql"
}

/// @tenants
model Tenant {
  id Int @id @default(autoincrement())
  LISTS
}
`;

/** The committed model of tenants, with the lists that Prisma wants on the other side, and more models. */
function schema(models: string, lists = ''): string {
  return HEAD.replace('  LISTS\n', lists === '' ? '' : `  ${lists}\n`) + models;
}

function read(text: string) {
  const { tables, faults } = readTenancy(readModels(text), text);
  return {
    faults: faults.map(({ problem }) => problem),
    tenancy: Object.fromEntries(
      tables.map(({ model, tenancy }) => [
        model.name,
        tenancy.kind === 'exempt' ? 'exempt' : `${tenancy.kind} ${tenancy.column}`,
      ]),
    ),
    rights: Object.fromEntries(
      tables.map(({ model, privileges }) => [
        model.name,
        privileges.map(({ name, fields }) => (fields ? `${name} (${fields})` : name)).join(' '),
      ]),
    ),
  };
}

describe('the tenant of a model', () => {
  it('is found in every model that is committed', () => {
    const text = readFileSync(prismaFiles('postgres').schema, 'utf8');
    const { faults, tenancy } = read(text);
    expect(faults).toEqual([]);
    expect(Object.values(tenancy).filter((kind) => kind.startsWith('root'))).toEqual(['root id']);
    expect(leadWithTenant(text, readTenancy(readModels(text), text))).toEqual({
      schema: text,
      changes: [],
    });
  });

  it('is tenantId, the field that points to the tenants, or the one that a parent shares', () => {
    const models = `
model A {
  id Int
  tenantId Int @map("tenant_id")
  @@id([tenantId, id])
  bs B[]
}
model B {
  id Int
  owner Int @map("owner_id")
  aId Int
  a A @relation(fields: [owner, aId], references: [tenantId, id])
  @@id([owner, id])
  @@map("bees")
}
model C {
  id Int
  org Int
  tenant Tenant @relation(fields: [org], references: [id])
  @@id([org, id])
}
/// @tenant mine
/// @grant SELECT, UPDATE (except id, mine)
model D {
  id Int
  mine Int
  note String @map("remark")
  old String @ignore
  @@id([mine, id])
}
/// @exempt because countries are the same for all tenants
/// @grant SELECT
model Country {
  code String @id
}`;
    expect(read(schema(models, 'cs C[]'))).toMatchObject({
      faults: [],
      tenancy: {
        Tenant: 'root id',
        A: 'tenant tenant_id',
        B: 'tenant owner_id',
        C: 'tenant org',
        D: 'tenant mine',
        Country: 'exempt',
      },
      rights: {
        Tenant: '',
        A: 'SELECT INSERT UPDATE DELETE',
        Country: 'SELECT',
        D: 'SELECT UPDATE (remark,old)',
      },
    });
  });

  it.each<[string, string, string, RegExp]>([
    ['is missing', 'model N {\n  id Int @id\n}', '', /^model N has no tenant/],
    [
      'is one of two',
      'model N {\n  id Int @id\n  a Int\n  b Int\n  from Tenant @relation("f", fields: [a], references: [id])\n  to Tenant @relation("t", fields: [b], references: [id])\n}',
      'f N[] @relation("f")\n  t N[] @relation("t")',
      /^model N points to the tenants by a and b/,
    ],
    [
      'may be null',
      'model N {\n  id Int @id\n  tenantId Int?\n}',
      '',
      /^model N: its tenant, tenantId, may be null/,
    ],
    ['is no field', '/// @tenant org\nmodel N {\n  id Int @id\n}', '', /^model N has no field org/],
    [
      'has no reason to be missing',
      '/// @exempt\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /^model N: "@exempt" has no reason/,
    ],
    [
      'has a reason of one word',
      '/// @exempt because needed\nmodel N {\n  id Int @id\n}',
      '',
      /has no reason that a reader could check/,
    ],
    [
      'has a misspelt line',
      '/// @exmpt because it is the same for all\nmodel N {\n  id Int @id\n}',
      '',
      /begins with @exmpt/,
    ],
    [
      'stands apart from its line',
      '/// @exempt because it is the same for all\n\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /^an annotation that belongs to no model/,
    ],
    [
      'grants what knows no policy',
      '/// @grant TRUNCATE\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /grants TRUNCATE$/,
    ],
    [
      'grants a field that is not there',
      '/// @grant SELECT (name)\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /^model N grants SELECT on name, which is no field/,
    ],
    [
      'grants all but a field that is not there',
      '/// @grant UPDATE (except name)\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /^model N grants UPDATE on all but name, which is no field/,
    ],
    [
      'grants all but a field of what has none',
      '/// @grant SELECT (except a) ON v because nothing of it is anybody’s\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /is no list of rights$/,
    ],
    [
      'grants beside the model without a reason',
      '/// @grant SELECT ON v\nmodel N {\n  id Int @id\n  tenantId Int\n}',
      '',
      /grants a right on v without a reason/,
    ],
    [
      'would be missing in a table of Prisma’s own',
      'model N {\n  id Int @id\n  tenantId Int\n  ms M[]\n}\nmodel M {\n  id Int @id\n  tenantId Int\n  ns N[]\n}',
      '',
      /^model N: for ms Prisma makes a table by itself/,
    ],
  ])('is refused where it %s', (_, models, lists, problem) => {
    expect(read(schema(models, lists)).faults).toContainEqual(expect.stringMatching(problem));
  });

  it('reads what is ignored as well, and says in Prisma’s words what cannot be read', () => {
    const text = schema(
      'model Old {\n  id Int @id\n  tenantId Int\n  @@ignore\n}\nmodel New {\n  id Int @id\n  tenantId Int\n  a String @ignore\n}',
    );
    const [, ...models] = readModels(text);
    expect(
      models.map(({ name, fields }) => [
        name,
        fields.filter((field) => field.isIgnored).map((field) => field.name),
      ]),
    ).toEqual([
      ['Old', ['id', 'tenantId']],
      ['New', ['a']],
    ]);
    expect(() => readModels('model N {')).toThrow(SchemaTextError);
  });
});

describe('letting the tenant lead', () => {
  it('changes ids, unique keys and relations, and nothing else', () => {
    const text = schema(
      `
model A {
  id       Int    @id @default(autoincrement())
  tenantId Int
  code     String @unique(map: "code_key")
  bs       B[]
}

model B {
  id       String @id @default(cuid()) // @id
  aId      Int?   @unique
  a        A?     @relation(fields: [aId], references: [id])
  tenantId Int
  x        Int
  y        Int

  @@unique([x, y], map: "xy")
  @@index([x])
}

/// @tenant org
model C {
  org  Int @id
  n    Int
  @@unique([n, org])
}
`.replace('a        A? ', 'a        A?'),
    ).replace('bs       B[]', 'b        B?');
    const led = leadWithTenant(text, readTenancy(readModels(text), text));
    const body = led.schema.slice(led.schema.indexOf('model A'));
    expect(body).toBe(`model A {
  id       Int @default(autoincrement())
  tenantId Int
  code     String
  b        B?

  @@id([tenantId, id])
  @@unique([tenantId, code], map: "code_key")
}

model B {
  id       String @default(cuid()) // @id
  aId      Int?
  a        A?    @relation(fields: [tenantId, aId], references: [tenantId, id], onDelete: NoAction, onUpdate: NoAction)
  tenantId Int
  x        Int
  y        Int

  @@id([tenantId, id])
  @@unique([tenantId, aId])
  @@unique([tenantId, x, y], map: "xy")
  @@index([x])
}

/// @tenant org
model C {
  org  Int @id
  n    Int
  @@unique([org, n])
}
`);
    expect(led.changes).toHaveLength(7);
    // Prisma takes it, and it needs no second time.
    expect(leadWithTenant(led.schema, readTenancy(readModels(led.schema), led.schema))).toEqual({
      schema: led.schema,
      changes: [],
    });
  });

  it('leaves keys alone that are exempt by name', () => {
    const text = schema(
      `
/// @exempt things_pkey because the number is drawn at random and tells nothing
/// @exempt code_key because codes are drawn at random and tell nothing
/// @exempt things_a_b_key because both are drawn at random and tell nothing
/// @exempt things.things_other_id_fkey because tenants are shown to each other
model Thing {
  id       String @id @default(uuid())
  tenantId Int
  code     String @unique(map: "code_key")
  a        Int
  bee      Int    @map("b")
  otherId  Int    @map("other_id")
  other    Thing  @relation("o", fields: [otherId], references: [id])
  others   Thing[] @relation("o")

  @@unique([a, bee])
  @@map("things")
}
`.replaceAll('otherId  Int ', 'otherId  String '),
    );
    const rules = readTenancy(readModels(text), text);
    expect(rules.faults).toEqual([]);
    expect(leadWithTenant(text, rules)).toEqual({ schema: text, changes: [] });
  });
});
