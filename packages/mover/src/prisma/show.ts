import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import type { TransferReport } from '@vatevo/transfer';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { Run } from '../preset.ts';
import { summarise } from '../transfer/run-transfer.ts';
import { clientChange } from './client-change.ts';
import type { CurrentSchema } from './current-schema.ts';
import { urlVariable } from './derive-postgres.ts';
import { attributeOf, type NativeType } from './native-types.ts';

/** A path as the user would type it. */
export function typed(path: string, { resolvePath }: Pick<Run, 'resolvePath'>): string {
  const name = relative(resolvePath('.'), path);
  return name === '' ? '.' : name;
}

/** Why PostgreSQL's schema says more than SQLite's. */
export function showNatives(natives: readonly NativeType[], { report }: Run): void {
  for (const { model, field, native, reason } of natives) {
    report.note(`${model}.${field} is ${attributeOf(native)}: ${reason}`);
  }
}

/** What becomes of the user's own files, or would. */
export function showDiff(
  { disk, sqlite, inPlace, project }: CurrentSchema,
  postgres: readonly SchemaFile[],
  write: boolean,
  run: Run,
): void {
  if (inPlace !== undefined) return;
  const { report } = run;
  const patches = postgres.flatMap(([path, text]) => {
    const before = sqlite.find(([own]) => own === path)?.[1] ?? '';
    const name = typed(join(disk.folder, path), run);
    return before === text ? [] : [patch(name, before, text)];
  });
  report.note(write ? 'What changes in your files:' : 'What --write would change in your files:');
  for (const line of patches.join('').trimEnd().split('\n')) report.note(line);
  const [from, to] = [typed(project.migrations, run), typed(project.asideMigrations, run)];
  report.note(
    existsSync(project.migrations)
      ? `${from} goes to ${to}, and the baseline takes its place.`
      : `The baseline becomes ${from}.`,
  );
  report.result({ diff: patches.join('') }, []);
}

function patch(name: string, before: string, after: string): string {
  const options = { context: 1, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(name, name, before, after, 'sqlite', 'postgresql', options);
}

/** What came of a move. */
export interface Finished {
  readonly current: CurrentSchema;
  readonly done: TransferReport;
  /** Of the report. */
  readonly files: readonly string[];
  readonly schemaName: string;
  /** What `--schema` named. */
  readonly given: string;
  readonly isInPlace: boolean;
}

export function showFinished(
  { current, done, files, schemaName, given, isInPlace }: Finished,
  run: Run,
): void {
  const { project, disk, sqlite } = current;
  const variable = urlVariable(sqlite);
  const [single] = disk.files;
  const out = disk.isFolder || single === undefined ? project.out : join(project.out, single[0]);
  const change = clientChange({
    hasConfig: variable === undefined,
    variable: variable ?? 'DATABASE_URL',
    schema: schemaName === 'public' ? undefined : schemaName,
    prismaSchema: isInPlace ? given : typed(out, run),
  });
  const prisma = {
    schema: isInPlace ? run.resolvePath(given) : out,
    migrations: isInPlace ? project.migrations : project.outMigrations,
    isInPlace,
    clientChange: change,
  };
  run.report.result({ prisma, transfer: done, files }, [
    summarise(done),
    ...files.map((file) => `Report: ${file}`),
    ...(isInPlace
      ? []
      : ['Next: the same command with --write, which puts the schema and the migrations in place.']),
    'What is left to change in the application:',
    ...change.map((line) => `  ${line}`),
  ]);
}
