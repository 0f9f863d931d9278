import { describeTarget } from '@vatevo/connection';
import { rollback } from '@vatevo/cutover';
import { formatCount } from '@vatevo/shell';
import { quoteName } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import { type DatabaseOptions, withTarget } from '../transfer/context.ts';
import { type HandOverReport, writeHandOverReport } from './report-file.ts';
import { showing } from './show.ts';

export interface RollbackCommandOptions extends DatabaseOptions {
  readonly to: string;
  readonly report: string;
  readonly leaveBehind: readonly string[];
  readonly notOurs: readonly string[];
  readonly copyAll?: boolean;
}

export async function runRollback(options: RollbackCommandOptions, run: Run): Promise<undefined> {
  const source = run.resolvePath(options.to);
  const formats = await run.formats(options, run);
  const { name, mapping } = formats.back;
  return withTarget(run, options, formats.back, { source, mapping }, async (endpoints, target) => {
    const returning = formats.returning(target);
    const useSqlite = run.advice.useSqlite(source);
    const done = await showing(run.report, () =>
      rollback({
        ...endpoints,
        format: name,
        ...(returning && { returning }),
        leaveBehind: options.leaveBehind,
        notOurs: options.notOurs,
        copyAll: options.copyAll ?? false,
      }),
    );
    const about: HandOverReport = {
      direction: 'to-sqlite',
      moveId: done.moveId,
      sqlite: source,
      postgresql: describeTarget(target),
      result: done,
    };
    const file =
      done.outcome === 'failed-back'
        ? await writeHandOverReport(run.resolvePath(options.report), about, run.report)
        : undefined;
    for (const table of done.strays) {
      run.report.warn(
        `Table ${table} was made in PostgreSQL in the moment of the hand-over: the file does not have it. It takes no more writes; look whether it holds rows.`,
      );
    }
    for (const table of done.virtualTables) {
      run.report.warn(
        `The virtual table ${table} knows nothing of what was written since the hand-over: build it anew before it is used (with FTS5: INSERT INTO ${quoteName(table)}(${quoteName(table)}) VALUES('rebuild')).`,
      );
    }
    const inPostgres = done.leftBehind.filter((name) => !done.virtualTables.includes(name));
    run.report.result({ rollback: done, ...(file && { files: [file] }) }, [
      done.outcome === 'already-failed-back'
        ? `${options.to} had taken over already.`
        : `${options.to} has taken over, ${formatCount(done.rowsCompared)} rows proven; for ${Math.ceil(done.downtimeMs ?? 0)} ms nothing could be written.`,
      ...(done.migrations.length > 0
        ? [`Migrations applied to it, as PostgreSQL has them: ${done.migrations.join(', ')}.`]
        : []),
      ...(inPostgres.length > 0 ? [`Left in PostgreSQL by name: ${inPostgres.join(', ')}.`] : []),
      ...(file ? [`Report: ${file}`] : []),
      ...useSqlite.map((line, index) => (index === 0 ? `Next: ${line}` : line)),
    ]);
    return undefined;
  });
}
