import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CommandError, ExitCode } from '@vatevo/shell';
import { ReaderThreads } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import { type SourceOptions, withDecisions } from '../transfer/context.ts';
import { recogniseSource } from '../transfer/source.ts';
import { printDesign } from './design/print.ts';
import { renames } from './design/target-catalog.ts';
import { type DesignedSchema, designSchema } from './design-schema.ts';
import { questions } from './questions.ts';

interface SchemaCommandOptions extends SourceOptions {
  readonly out?: string;
}

/** The work of `schema`: SQL on stdout, or in a file, and what has to be decided on stderr. */
export async function runSchema(options: SchemaCommandOptions, run: Run): Promise<ExitCode> {
  const out = options.out === undefined ? undefined : run.resolvePath(options.out);
  if (out !== undefined && existsSync(out)) {
    throw new CommandError(ExitCode.usage, `${out} exists: give --out a path at which there is no file yet.`);
  }
  const formats = await run.formats(options, run);
  const source = recogniseSource(run.resolvePath(options.source), formats);
  const threads = new ReaderThreads();
  try {
    const { schema = 'public', jobs } = options;
    const designed = await designSchema({
      source: source.file,
      readable: source.readable.file,
      schema,
      mapping: withDecisions(source.format, options),
      readers: jobs,
      threads,
    });
    return show(designed, basename(source.file), out, options.json === true, run);
  } finally {
    await threads.close();
    source.readable.release();
  }
}

function show(
  designed: DesignedSchema,
  file: string,
  out: string | undefined,
  json: boolean,
  { report }: Run,
): ExitCode {
  const { design, inspection } = designed;
  const open = questions(designed);
  const sql = printDesign(design, header(designed, file, open).join('\n'));
  if (out !== undefined) {
    writeFileSync(out, sql, { flag: 'wx' });
    for (const question of open) report.warn(question);
    report.result({ file: out }, [`${design.tables.length} tables: ${out}`]);
  } else if (!json) process.stdout.write(sql);
  report.result({ sql, notCarried: design.notCarried, renamed: renames(design), questions: open }, []);
  return inspection.refusedValues > 0 ? ExitCode.sourceRefused : ExitCode.done;
}

function header({ design }: DesignedSchema, file: string, open: readonly string[]): string[] {
  const renamed = renames(design);
  return [
    `PostgreSQL's tables for ${file}, chosen by what it holds. Behind each column: what it is declared as, and why it is what it is.`,
    ...(Object.keys(renamed).length > 0
      ? [
          'Some names are none in PostgreSQL. A transfer needs this mapping:',
          JSON.stringify({ tables: renamed }),
        ]
      : []),
    ...(open.length > 0
      ? ['A transfer refuses these until somebody decides:', ...open.map((line) => `- ${line}`)]
      : []),
  ];
}
