// Entry point of `pnpm db:check`.
import { checkDatabase } from './check.ts';
import { describeFault } from './fault.ts';

const faults = await checkDatabase();
for (const fault of faults) console.error(`${describeFault(fault)}\n`);
if (faults.length === 0) {
  console.log('Schemas, migrations, checksums and catalogs belong together, on PostgreSQL and SQLite.');
} else {
  console.error(faults.length === 1 ? '1 fault.' : `${faults.length} faults.`);
}
// 4: migrations drifted (the exit codes of all commands are listed in docs/configuration.md).
process.exitCode = faults.length === 0 ? 0 : 4;
