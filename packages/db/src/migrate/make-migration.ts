import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SchemaTextError } from '@vatevo/schema-engine/schema-text';
import { describeFault } from '../check/fault.ts';
import { type Scratch, type ScratchServer, withScratch } from '../check/scratch.ts';
import {
  type DatabaseKind,
  type PrismaFiles,
  prismaFiles,
  readMigrationFiles,
} from '../migrations/folder.ts';
import { deriveSqliteSchema } from '../schema/derive-sqlite.ts';
import { writeDiagram } from '../schema/write-diagram.ts';
import { leadWithTenant, readModelsToLead } from '../tenancy/lead-with-tenant.ts';
import { readModels } from '../tenancy/models.ts';
import { missingProtection } from '../tenancy/policy.ts';
import { readTenancy } from '../tenancy/rules.ts';
import { MigrateError } from './error.ts';
import { type LostObject, recordOn, refuseLosses, writeDerived } from './record.ts';
import { sqliteScript } from './sqlite/sqlite-script.ts';

export interface NewMigration {
  /** What it does, in lower case: `add_invoice_note`. */
  readonly name: string;
  /** Make it for both databases even where the schema asks for nothing, to be filled in by hand. */
  readonly empty: boolean;
}

export interface Made {
  /** The files, relative to the package; none when the schema asks for nothing. */
  readonly written: readonly string[];
  readonly lost: readonly LostObject[];
  /** What was changed in the schema, so that the tenant leads every key: a sentence each. */
  readonly led: readonly string[];
}

/** Small letters, digits and `_`: a folder's name everywhere, and what `db:check` asks for. */
export function isMigrationName(name: string): boolean {
  return /^[a-z0-9_]{1,100}$/.test(name);
}

const PROTECT = '-- Row-level security: a tenant sees and writes its own rows';

/** What an empty migration says; without a statement there is nothing to apply. */
const EMPTY = '-- Written by hand: replace this line by statements.\n';

/** The migration of a database on which nothing changes; it has one, since both have the same history. */
const NOTHING = '-- Nothing changes on this database.\n';

/**
 * Makes the migration that brings both databases to what
 * `prisma/postgres/schema.prisma` says, under the same name in both folders, and
 * records it.
 *
 * Needs no database and touches none: `pnpm db:deploy` applies it.
 *
 * @param server where databases are made for it; one is started when omitted
 * @returns the files written, and what the new migration takes away unasked
 * @throws MigrateError
 */
export async function makeMigration(
  { name, empty }: NewMigration,
  root: string,
  server?: ScratchServer,
): Promise<Made> {
  if (!isMigrationName(name)) {
    throw new MigrateError(
      `The name "${name}" is not made of small letters, digits and _, like add_invoice_note.`,
    );
  }
  await refuseLosses(root);
  const postgres = prismaFiles('postgres', root);
  const { schema, led } = await readSchema(postgres.schema);
  await writeFile(postgres.schema, schema);
  await writeFile(prismaFiles('sqlite', root).schema, deriveSqliteSchema(schema));
  await writeDiagram(root);

  const folder = `${await nextTimestamp(root)}_${name}`;
  return withScratch(async (scratch) => {
    const written: string[] = [];
    // Both before either is written: what the migrations make now is where both begin.
    await scratch.engine('postgres').applyMigrations(postgres.migrations);
    const scripts = {
      postgres: await postgresScript(scratch, root),
      sqlite: await sqliteScript(scratch, root, { kind: 'database' }),
    };
    const write = async (kind: DatabaseKind, made: string, text: string) => {
      const { migrations } = prismaFiles(kind, root);
      await mkdir(path.join(migrations, made));
      await writeFile(path.join(migrations, made, 'migration.sql'), text);
      written.push(`prisma/${kind}/migrations/${made}/migration.sql`);
    };
    const known = scripts.postgres === '' ? await counterpart(name, root) : undefined;
    if (scripts.postgres !== '' || scripts.sqlite !== '' || empty) {
      const unasked = empty ? EMPTY : NOTHING;
      if (known === undefined) await write('postgres', folder, scripts.postgres || unasked);
      await write('sqlite', known ?? folder, scripts.sqlite || unasked);
    }
    if (await protectTables(scratch, postgres, folder)) {
      const file = `prisma/postgres/migrations/${folder}/migration.sql`;
      if (!written.includes(file)) {
        written.unshift(file);
        if (written.length === 1) await write('sqlite', folder, NOTHING);
      }
    }
    if (written.length > 0) return { written, led, lost: await recordOn(scratch, root) };
    written.push(...(await writeDerived(scratch, root)));
    return { written, led, lost: [] };
  }, server);
}

/**
 * The schema with the tenant leading every key.
 *
 * @throws MigrateError when it does not say of every table to whom its rows belong
 */
async function readSchema(file: string): Promise<{ schema: string; led: readonly string[] }> {
  const text = await readFile(file, 'utf8');
  try {
    const { faults, ...rules } = readTenancy(readModelsToLead(text), text);
    if (faults.length > 0) throw new MigrateError(faults.map(describeFault).join('\n\n'));
    const { schema, changes } = leadWithTenant(text, rules);
    readModels(schema);
    return { schema, led: changes };
  } catch (error) {
    if (!(error instanceof SchemaTextError)) throw error;
    throw new MigrateError(`prisma/postgres/schema.prisma cannot be read:\n${error.said}`, {
      cause: error,
    });
  }
}

/** Adds to the migration what protects the tables that have a tenant and no policy; true when there are any. */
async function protectTables(scratch: Scratch, files: PrismaFiles, folder: string): Promise<boolean> {
  const text = await readFile(files.schema, 'utf8');
  const { tables } = readTenancy(readModels(text), text);
  const statements = await scratch.tryOut(files.migrations, (client) => missingProtection(client, tables));
  if (statements.length === 0) return false;
  const file = path.join(files.migrations, folder, 'migration.sql');
  const before = await readFile(file, 'utf8').catch(() => '');
  await mkdir(path.dirname(file), { recursive: true });
  const after = [...(before === '' ? [] : [before.trimEnd(), '']), PROTECT, ...statements, ''];
  await writeFile(file, after.join('\n'));
  return true;
}

/** What the schema asks for beyond the migrations, which are applied, as Prisma writes it; empty when it asks for nothing. */
async function postgresScript(scratch: Scratch, root: string): Promise<string> {
  const text = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  const diff = await scratch
    .engine('postgres')
    .diff({ kind: 'database' }, { kind: 'schema', text }, { script: true });
  return diff.isEmpty ? '' : diff.text.trimStart();
}

/**
 * The migration of PostgreSQL that one for SQLite alone belongs to: of the same name, and without one there. A
 * migration has the same name for both databases, also when that of SQLite is made anew after a merge.
 */
async function counterpart(name: string, root: string): Promise<string | undefined> {
  const namesOf = async (kind: DatabaseKind) =>
    (await readMigrationFiles(prismaFiles(kind, root).migrations)).map((migration) => migration.name);
  const last = (await namesOf('sqlite')).at(-1) ?? '';
  return (await namesOf('postgres')).findLast((other) => other.slice(15) === name && other > last);
}

/** Now, in UTC; later than every migration there is, even when a clock went wrong. */
async function nextTimestamp(root: string): Promise<string> {
  const kinds: DatabaseKind[] = ['postgres', 'sqlite'];
  const all = await Promise.all(kinds.map((kind) => readMigrationFiles(prismaFiles(kind, root).migrations)));
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const newest = all
    .flat()
    .map((migration) => migration.name.slice(0, 14))
    .sort()
    .at(-1);
  return newest !== undefined && newest >= now ? String(BigInt(newest) + 1n) : now;
}
