import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, ExitCode } from '@vatevo/shell';
import { readableSource } from '@vatevo/transfer';
import { useSource } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { formatOf } from '../mapping/any-format.ts';
import { joinMappings } from '../mapping/join-mappings.ts';
import type { Decided } from '../mapping/mapping-file.ts';
import { readMapping } from '../mapping/read-mapping.ts';
import type { Run } from '../preset.ts';
import { type FileSchema, readFileSchema } from '../schema/file/read-file.ts';
import { requirePostgres } from '../target/target.ts';
import type { SourceOptions } from '../transfer/context.ts';
import { transferAndReport } from '../transfer/run-transfer.ts';
import { requireFile } from '../transfer/source.ts';
import { compareFile, type FileComparison } from './compare-file.ts';
import { type CurrentSchema, readCurrentSchema } from './current-schema.ts';
import { refuseUndecided, refuseUnknown } from './decisions.ts';
import { type Deployment, deployTables, recordBaseline } from './deploy.ts';
import { expectedTables } from './expected-tables.ts';
import { prismaMapping } from './mapping.ts';
import { type Findings, findNativeTypes } from './native-types.ts';
import { readDatamodel } from './parser.ts';
import { baseline, type PostgresSchema, postgresSchema } from './postgres-files.ts';
import { BASELINE } from './project.ts';
import { putInPlace } from './put-in-place.ts';
import { showDiff, showFinished, showNatives, typed } from './show.ts';

export interface PrismaCommandOptions extends Omit<SourceOptions, 'schema'> {
  /** The Prisma schema: a file, or a folder of files. */
  readonly schema: string;
  /** PostgreSQL's schema. */
  readonly schemaName?: string;
  readonly mapping?: string;
  readonly out?: string;
  readonly migrations?: string;
  readonly write?: boolean;
  readonly filesOnly?: boolean;
  readonly report: string;
  readonly discardUnfinished?: boolean;
  readonly quarantine?: boolean;
}

export async function runPrisma(options: PrismaCommandOptions, run: Run): Promise<ExitCode | undefined> {
  const { schemaName = 'public', leaveBehind = [], write = false } = options;
  // A wrong address is said before any file is looked at.
  const target = options.filesOnly ? undefined : requirePostgres(run, options);
  const source = run.resolvePath(options.source);
  requireFile(source);
  const current = readCurrentSchema(run.resolvePath(options.schema), {
    out: options.out === undefined ? undefined : run.resolvePath(options.out),
    migrations: options.migrations === undefined ? undefined : run.resolvePath(options.migrations),
  });
  const { project } = current;
  const expected = await run.report.step('Read the Prisma schema', () => expectedTables(current.sqlite));
  const { unknown } = compareWithFile(options.source, source, expected, run);
  refuseUnknown(options.source, unknown, leaveBehind);
  const { files, script, migrations } = await preparePostgres(source, current, write, run);
  const mapping = prismaMapping(expected, readDatamodel(current.sqlite), readDatamodel(files));
  if (current.inPlace === undefined) {
    writeFileSync(join(project.out, 'move.json'), `${JSON.stringify(mapping, null, 2)}\n`);
  }
  const takePlace = () => {
    if (!write || current.inPlace !== undefined) return;
    putInPlace(project, { ...current.disk, files: current.sqlite }, files);
    run.report.note(`SQLite's schema and migrations are kept in ${typed(project.aside, run)}.`);
  };
  if (target === undefined) {
    takePlace();
    run.report.result({ prisma: { schema: project.out, migrations } }, [
      `Written: ${typed(project.out, run)}. Nothing was moved.`,
    ]);
    return ExitCode.done;
  }
  const deployment: Deployment = { target, schema: schemaName, postgres: { files, script }, migrations };
  const given = options.mapping === undefined ? {} : readMapping(run.resolvePath(options.mapping));
  const formats = formatOf(joinMappings(mapping as Decided, given as Decided) as typeof mapping);
  const waived = unknown.map(({ name }) => name);
  const { done, files: reports } = await transferAndReport(
    { ...options, leaveBehind: leaveBehind.filter((name) => !waived.includes(name)), schema: schemaName },
    { ...run, formats: async () => formats },
    ({ endpoints }) => deployTables(endpoints, deployment, run),
  );
  await run.report.step('Record the baseline in the history of Prisma', async (step) => {
    step.detail(await recordBaseline(deployment));
  });
  takePlace();
  const isInPlace = write || current.inPlace !== undefined;
  showFinished({ current, done, files: reports, schemaName, given: options.schema, isInPlace }, run);
  return done.quarantine ? ExitCode.sourceRefused : undefined;
}

/** What the file has and the schema has not, or the other way round. */
function compareWithFile(given: string, source: string, expected: FileSchema, run: Run): FileComparison {
  const found = compareFile(expected, look(source, readFileSchema));
  if (found.missing.length > 0) {
    throw new CommandError(
      ExitCode.notReady,
      `${given} is not made as the Prisma schema says: it lacks ${found.missing.join(', ')}.`,
      { remedy: ['Check that it is the right file, and apply its migrations: npx prisma migrate deploy.'] },
    );
  }
  for (const name of found.collated) {
    run.report.warn(
      `${name} compares without regard to case in SQLite, which no Prisma schema says: PostgreSQL will tell A from a.`,
    );
  }
  return found;
}

interface Prepared {
  readonly files: PostgresSchema['files'];
  readonly script: string;
  /** The folder of the baseline. */
  readonly migrations: string;
}

/** PostgreSQL's schema and baseline: derived and written, or found where an earlier call left them. */
async function preparePostgres(
  source: string,
  current: CurrentSchema,
  write: boolean,
  run: Run,
): Promise<Prepared> {
  const { sqlite, inPlace, project } = current;
  if (inPlace !== undefined) {
    // The schema is the application's own by now, and may be ahead of the baseline by further migrations.
    const script = readFileSync(join(project.migrations, BASELINE, 'migration.sql'), 'utf8');
    return { files: inPlace, script, migrations: project.migrations };
  }
  let found: Findings = { natives: [], misfits: [] };
  const { files } = await run.report.step("Derive PostgreSQL's schema", (step) => {
    const schema = postgresSchema(sqlite, project, () => {
      found = look(source, (db) => findNativeTypes(db, readFileSchema(db), readDatamodel(sqlite)));
      return found.natives;
    });
    step.detail(`${typed(project.out, run)} (${schema.how})`);
    return schema;
  });
  showNatives(found.natives, run);
  refuseUndecided(typed(project.out, run), sqlite, files, found.misfits);
  const script = await baseline(files, project.outMigrations);
  showDiff(current, files, write, run);
  return { files, script, migrations: project.outMigrations };
}

function look<Result>(file: string, work: (db: Database) => Result): Result {
  const readable = readableSource(file);
  try {
    return useSource(readable.file, work);
  } finally {
    readable.release();
  }
}
