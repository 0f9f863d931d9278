import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prismaFiles } from '../../src/migrations/folder.ts';
import { deriveSqliteSchema } from '../../src/schema/derive-sqlite.ts';

/** A schema with this model body. */
const schema = (body: string) => `datasource db {
  provider = "postgresql"
}

model Thing {
${body}
}
`;

/** What becomes of a model body, without the blanks that line things up. */
function derived(body: string): string[] {
  const text = deriveSqliteSchema(schema(body));
  const model = text.slice(text.indexOf('model Thing {'));
  return model
    .split('\n')
    .slice(1, -2)
    .map((line) => line.trim().replaceAll(/ +/g, ' '));
}

describe('deriving the SQLite schema', () => {
  it('gives what is committed', () => {
    const source = readFileSync(prismaFiles('postgres').schema, 'utf8');
    expect(deriveSqliteSchema(source)).toBe(readFileSync(prismaFiles('sqlite').schema, 'utf8'));
  });

  it('swaps the provider and the client’s folder', () => {
    const text = deriveSqliteSchema(
      `generator client {\n  output = "../../src/generated/postgres"\n}\n${schema('  id Int @id')}`,
    );
    expect(text).toContain('provider = "sqlite"');
    expect(text).toContain('output = "../../src/generated/sqlite"');
    expect(text).not.toContain('postgresql"');
  });

  it('drops native types, with and without arguments', () => {
    expect(
      derived(
        '  id Int @id\n  at DateTime? @map("at") @db.Timestamptz(6)\n  sum Decimal @db.Decimal @map("s")',
      ),
    ).toEqual(['id Int @id', 'at DateTime? @map("at")', 'sum Decimal @map("s")']);
  });

  it('writes the time of now() as our files hold it', () => {
    expect(derived('  id Int @id\n  at DateTime @default(now())')).toEqual([
      'id Int @id',
      `at DateTime @default(dbgenerated("(strftime('%Y-%m-%dT%H:%M:%f000Z','now'))"))`,
    ]);
  });

  it('makes the key of tenant and id a unique one, beside an id that SQLite can count up', () => {
    expect(
      derived('  id       Int @default(autoincrement())\n  tenantId Int\n\n  @@id([tenantId, id])'),
    ).toEqual(['id Int @id @default(autoincrement())', 'tenantId Int', '', '@@unique([tenantId, id])']);
  });

  it('does so whatever the tenant and the id are called', () => {
    expect(derived('  nr   BigInt @default(autoincrement())\n  org  String\n\n  @@id([org, nr])')).toEqual([
      'nr BigInt @id @default(autoincrement())',
      'org String',
      '',
      '@@unique([org, nr])',
    ]);
  });

  it('leaves out what is said of rights on PostgreSQL', () => {
    expect(derived('  /// The key.\n  id Int @id').join()).toBe('/// The key.,id Int @id');
    const text = deriveSqliteSchema(
      `/// A thing.\n/// @grant SELECT\n/// @tenants\n${schema('  id Int @id')}`,
    );
    expect(text).toContain('/// A thing.');
    expect(text).not.toMatch(/@grant|@tenants/);
  });

  it('keeps documentation and leaves comments out', () => {
    expect(derived('  // why it is so on PostgreSQL\n  /// The key.\n  id Int @id // counts up')).toEqual([
      '/// The key.',
      'id Int @id',
    ]);
  });

  it('refuses what it has no rule for, naming it', () => {
    expect(() => derived('  a Int @default(autoincrement())\n  b Int\n  c Int\n  @@id([b, c])')).toThrow(
      /no rule for "@@id\(\[b, c\]\)" in "model Thing/,
    );
    expect(() => deriveSqliteSchema('model Thing {\n  id Int @id\n')).toThrow(/never closed/);
    // Nothing is counted up here, so it can stay as it is.
    expect(derived('  a Int\n  b Int\n  @@id([a, b])')).toContain('@@id([a, b])');
  });

  it('leaves nothing of its own result to change', () => {
    const once = deriveSqliteSchema(readFileSync(prismaFiles('postgres').schema, 'utf8'));
    const body = (text: string) => text.slice(text.indexOf('generator'));
    expect(body(deriveSqliteSchema(once))).toBe(body(once));
  });
});
