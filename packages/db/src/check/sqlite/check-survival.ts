import { foldName, tokensOf } from '@vatevo/sqlite-sql';
import Database from 'better-sqlite3';
import type { MigrationFile } from '../../migrations/folder.ts';
import { type SqliteStatement, statementsOf } from '../../migrations/sqlite/statements.ts';
import { type Loss, SurvivalWatch } from '../../migrations/sqlite/survival.ts';
import { quote } from '../../quote.ts';
import type { Fault } from '../fault.ts';
import { type Allowance, Allowances } from '../lint/allowance.ts';
import { fillDatabase } from './fill.ts';

/** What an allowance may be for: what has no statement of its own on SQLite by which it could be said to go. */
const RULES = [
  { name: 'drop-check', kind: 'check' },
  { name: 'change-table', kind: 'property' },
] as const;

/**
 * Runs every migration of SQLite on a database full of rows, and finds what it loses without saying so, and rows
 * on which it fails. On SQLite most changes make a table anew: what the maker of the new one did not know of,
 * such as the column of another branch, is gone with the old one.
 *
 * @param migrations all of them, oldest first
 */
export function checkSurvival(migrations: readonly MigrationFile[]): Fault[] {
  const database = new Database(':memory:');
  try {
    database.pragma('foreign_keys = OFF');
    const filled = new Map<string, string>();
    const faults: Fault[] = [];
    for (const [at, migration] of migrations.entries()) {
      fillWhatChanged(database, filled);
      const before = database.serialize();
      const found = checkMigration(database, migration, migrations.slice(0, at));
      faults.push(...found.faults);
      if (!found.isApplied) {
        // On an empty database it fails, too: that is told by whoever compares the schema.
        return appliesTo(before, migration)
          ? faults
          : faults.filter(({ problem }) => !problem.includes(FAILS));
      }
    }
    return faults;
  } finally {
    database.close();
  }
}

const FAILS = 'fails on rows';

function checkMigration(
  database: Database.Database,
  { name, script }: MigrationFile,
  earlier: readonly MigrationFile[],
): { faults: Fault[]; isApplied: boolean } {
  const file = `prisma/sqlite/migrations/${name}/migration.sql`;
  const statements = statementsOf(script);
  const annotated = { statements, comments: commentsOf(script) };
  const allowances = new Allowances(file, annotated, RULES);
  const faults: Fault[] = [...allowances.malformed];
  // Many change PostgreSQL alone.
  if (statements.length === 0) return { faults: [...faults, ...allowances.needless()], isApplied: true };
  const control = statements.find(({ deed }) => deed.kind === 'transaction');
  if (control) {
    faults.push({
      file: `${file}:${control.line}`,
      problem: `${control.tokens[0]?.text.toUpperCase()} in a migration, which is one transaction as a whole`,
      fix: 'Leave it out, or split the migration.',
    });
    return { faults, isApplied: false };
  }
  let watch: SurvivalWatch;
  let current: SqliteStatement | undefined;
  database.exec('BEGIN');
  try {
    watch = new SurvivalWatch(database, { compareValues: true });
    for (const statement of statements) {
      current = statement;
      watch.run(statement);
    }
  } catch (error) {
    database.exec('ROLLBACK');
    faults.push({
      file: current ? `${file}:${current.line}` : file,
      problem: `${FAILS} that the schema before it allows: ${(error as Error).message}`,
      fix: 'Give a new column a default or let it be NULL; move rows that the new rules do not allow by an UPDATE above the statement.',
    });
    return { faults, isApplied: false };
  }
  database.exec('COMMIT');
  for (const loss of watch.losses()) {
    if (!allowances.allow(isFor(loss, statements))) faults.push(toFault(file, name, loss, earlier));
  }
  const orphans = database.pragma('foreign_key_check') as { table: string; parent: string }[];
  for (const text of new Set(
    orphans.map(({ table, parent }) => `${table} that refer to rows of ${parent}`),
  )) {
    faults.push({
      file,
      problem: `leaves rows of ${text} which are not there`,
      fix: 'Keep the rows that others refer to, or change those first.',
    });
  }
  return { faults: [...faults, ...allowances.needless()], isApplied: true };
}

/** Tables that are not as they were when they were filled last get more rows, which the new ones allow. */
function fillWhatChanged(database: Database.Database, filled: Map<string, string>): void {
  const tables = database.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table'`).all() as {
    name: string;
    sql: string;
  }[];
  const changed = tables.filter(({ name, sql }) => filled.get(name) !== sql);
  fillDatabase(database, new Set(changed.map(({ name }) => foldName(name))));
  for (const { name, sql } of tables) filled.set(name, sql);
}

function appliesTo(before: Buffer, { script }: MigrationFile): boolean {
  const database = new Database(before);
  try {
    database.pragma('foreign_keys = OFF');
    const tables = database
      .prepare(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .pluck()
      .all() as string[];
    for (const trigger of triggersOf(database)) database.exec(`DROP TRIGGER ${quote(trigger)}`);
    for (const table of tables) database.exec(`DELETE FROM ${quote(table)}`);
    for (const { sql } of statementsOf(script)) database.exec(sql);
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

function triggersOf(database: Database.Database): string[] {
  return database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all() as string[];
}

/** An allowance counts for the table that the statement below it names. */
function isFor(
  { kind, table }: Loss,
  statements: readonly SqliteStatement[],
): (allowance: Allowance) => boolean {
  return ({ rule, statementLine }) => {
    const statement = statements.find(({ line }) => line === statementLine);
    return (
      RULES.some((known) => known.name === rule && known.kind === kind) &&
      statement?.tokens.some(({ value }) => foldName(value) === foldName(table)) === true
    );
  };
}

/** How to say that it is meant. */
const SAID_BY: Readonly<Record<Loss['kind'], string>> = {
  table: 'If the table is to go, drop it without copying its rows.',
  column: 'If the column is to go, say so by ALTER TABLE … DROP COLUMN.',
  values: 'If they must change, say so by an UPDATE before or after the table is replaced.',
  rows: 'If they are to go, say so by a DELETE.',
  check:
    'If it is to go, or to be another one, say so above the statement that drops the table: -- lint: allow drop-check because REASON',
  index: 'If it must go or change, say so by DROP INDEX before the table is replaced.',
  trigger: 'If it must go or change, say so by DROP TRIGGER before the table is replaced.',
  view: 'If it is to go, say so by DROP VIEW.',
  property:
    'If it is to go, say so above the statement that drops the table: -- lint: allow change-table because REASON',
};

function toFault(file: string, name: string, { kind, what }: Loss, earlier: readonly MigrationFile[]): Fault {
  const anew = `If no database has it yet, delete the folder prisma/sqlite/migrations/${name} (keep statements of your own) and its line in checksums.json, and run pnpm db:migrate --name ${name.replace(/^\d+_/, '')}, which makes it anew upon ${earlier.at(-1)?.name ?? 'those before it'}.`;
  return { file, problem: `loses ${what}, and says so nowhere`, fix: `${anew}\n    ${SAID_BY[kind]}` };
}

function commentsOf(script: string): { text: string; line: number; isAlone: boolean }[] {
  return tokensOf(script)
    .filter(({ kind, text }) => kind === 'comment' && text.startsWith('--'))
    .map(({ text, start }) => {
      const before = script.slice(0, start);
      return {
        text: text.replace(/^--/, '').trim(),
        line: before.split('\n').length,
        isAlone: /(^|\n)\s*$/.test(before),
      };
    });
}
