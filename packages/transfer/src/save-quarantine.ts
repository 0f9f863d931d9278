import { type Endpoints, useSession } from './session.ts';
import { writeQuarantineFile } from './source/sqlite/quarantine-file.ts';

/** Writes the quarantine of the latest run to a file; see {@link writeQuarantineFile}. */
export async function saveQuarantine(endpoints: Endpoints, runId: string, file: string): Promise<number> {
  return useSession(endpoints, async ({ target: { ledger } }) => {
    const tables = new Set((await ledger.readQuarantined(runId)).map(({ table }) => table));
    return writeQuarantineFile(ledger.storedQuarantine(runId), tables, file);
  });
}
