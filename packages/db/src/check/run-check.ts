import { CommandError, ExitCode, type Run } from '@vatevo/shell';
import { checkDatabase } from './check.ts';
import { describeFault } from './fault.ts';

export async function runCheck({ report }: Run): Promise<undefined> {
  const faults = await checkDatabase();
  const text = faults.map((fault) => `${describeFault(fault)}\n`).join('\n');
  report.result(
    { faults },
    faults.length > 0
      ? []
      : ['Schemas, migrations, checksums and catalogs belong together, on PostgreSQL and SQLite.'],
  );
  if (faults.length === 0) return;
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  throw new CommandError(ExitCode.notReady, `${count}:\n\n${text}`);
}
