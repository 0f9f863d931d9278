import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseKind, MigrationFile, PrismaFiles } from '../migrations/folder.ts';
import { correctSqliteDdl } from '../schema/correct-sqlite-ddl.ts';
import { type Checksums, readChecksums } from './checksums.ts';
import type { Fault } from './fault.ts';

/** `20260101000000_init`: the time in UTC, then what it does. */
const NAME = /^\d{14}_[a-z0-9_]+$/;

/**
 * The history of migrations is a line that only grows at its end: databases out
 * there have its beginning.
 */
export async function checkHistory(
  kind: DatabaseKind,
  files: PrismaFiles,
  migrations: readonly MigrationFile[],
): Promise<Fault[]> {
  const recorded = await readChecksums(files.checksums);
  const faults = [
    ...missing(recorded, migrations, kind),
    ...migrations.flatMap((migration) => checkMigration(kind, migration, recorded, migrations)),
  ];
  const lock = await readFile(path.join(files.migrations, 'migration_lock.toml'), 'utf8').catch(() => '');
  const provider = kind === 'postgres' ? 'postgresql' : 'sqlite';
  if (!lock.includes(`provider = "${provider}"`)) {
    faults.push({
      file: `prisma/${kind}/migrations/migration_lock.toml`,
      problem: `does not say provider = "${provider}"`,
      fix: 'Restore it from version control.',
    });
  }
  return faults;
}

/**
 * A migration has the same name on both databases, also where it has nothing to do on one of them: then it says why. Who
 * follows one history knows how far the other one is.
 */
export function checkCounterparts(names: Readonly<Record<DatabaseKind, readonly string[]>>): Fault[] {
  const without = (kind: DatabaseKind, other: DatabaseKind): Fault[] =>
    names[kind]
      .filter((name) => !names[other].includes(name))
      .map((name) => ({
        file: `prisma/${kind}/migrations/${name}/migration.sql`,
        problem: `has no migration of its name in prisma/${other}/migrations`,
        fix: `Add one there that does the same, or says in a comment why there is nothing to do, then run pnpm db:migrate --record.`,
      }));
  return [...without('postgres', 'sqlite'), ...without('sqlite', 'postgres')];
}

function missing(recorded: Checksums, migrations: readonly MigrationFile[], kind: DatabaseKind): Fault[] {
  const present = new Set(migrations.map(({ name }) => name));
  return [...recorded.keys()]
    .filter((name) => !present.has(name))
    .map((name) => ({
      file: `prisma/${kind}/migrations/${name}`,
      problem: 'is recorded in checksums.json and not there; databases may have it',
      fix: 'Restore it from version control.',
    }));
}

function checkMigration(
  kind: DatabaseKind,
  { name, script, checksum }: MigrationFile,
  recorded: Checksums,
  migrations: readonly MigrationFile[],
): Fault[] {
  const file = `prisma/${kind}/migrations/${name}/migration.sql`;
  const faults: Fault[] = [];
  const isNewest = name === migrations.at(-1)?.name;
  const known = recorded.get(name);
  if (!NAME.test(name)) {
    faults.push({
      file,
      problem: 'has a name that does not begin with the time it was made, like 20260101000000_init',
      fix: 'Make migrations with pnpm db:migrate --name WHAT_IT_DOES.',
    });
  } else if (known === undefined && [...recorded.keys()].some((other) => other > name)) {
    faults.push({
      file,
      problem: 'comes before migrations that are recorded already, and databases may have those without it',
      fix: 'Give its folder the present time, then run pnpm db:migrate --record.',
    });
  } else if (known === undefined) {
    faults.push({
      file,
      problem: 'is not recorded in checksums.json',
      fix: 'Run pnpm db:migrate --record.',
    });
  } else if (known !== checksum) {
    faults.push({
      file,
      problem: 'was edited after it had been recorded; databases may have it as it was',
      fix: isNewest
        ? 'Restore it and put the change into a new migration, or, if no database has it yet, run pnpm db:migrate --record.'
        : 'Restore it from version control and put the change into a new migration: pnpm db:migrate --name WHAT_IT_DOES.',
    });
  }
  if (kind === 'sqlite' && correctSqliteDdl(script) !== script) {
    faults.push({
      file,
      problem: 'declares a column in a way that loses digits of amounts or is taken for drift for ever after',
      fix: 'Write it as src/schema/correct-sqlite-ddl.ts says, then run pnpm db:migrate --record.',
    });
  }
  return faults;
}
