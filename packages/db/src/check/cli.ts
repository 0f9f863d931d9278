// Entry point of `pnpm db:check`.
import { ExitCode } from '../cli/exit-code.ts';
import { runCommand } from '../cli/run-command.ts';
import { checkDatabase } from './check.ts';
import { describeFault } from './fault.ts';

await runCommand(async (args) => {
  if (args.length > 0) {
    const asked = args.length === 1 && (args[0] === '--help' || args[0] === '-h');
    (asked ? console.log : console.error)(
      'Usage: pnpm db:check   (no arguments; it needs nothing set and no database)',
    );
    return asked ? ExitCode.done : ExitCode.usage;
  }
  const faults = await checkDatabase();
  for (const fault of faults) console.error(`${describeFault(fault)}\n`);
  if (faults.length === 0) {
    console.log('Schemas, migrations, checksums and catalogs belong together, on PostgreSQL and SQLite.');
    return ExitCode.done;
  }
  console.error(faults.length === 1 ? '1 fault.' : `${faults.length} faults.`);
  return ExitCode.notReady;
});
