import { join } from 'node:path';
import { opsCommand, postgresUrl } from '../arena.ts';
import type { Contestant } from '../contestant.ts';
import { runProgram } from '../run-program.ts';

interface Document {
  readonly transfer: { readonly seconds: Readonly<Record<string, number>> & { readonly copy: number } };
}

/** The real command in a process of its own, into the migrated tables: inspection to verification and report. */
export const engine: Contestant = {
  name: 'ops transfer',
  needs: [],
  run: (arena) =>
    arena.withMigrated(async (url) => {
      const reports = join(arena.folder, 'reports');
      const args = [opsCommand, 'transfer', '--source', arena.source, '--report', reports, '--json'];
      const { seconds, peakBytes, output } = await runProgram(process.execPath, args, postgresUrl(url));
      const stages = (JSON.parse(output) as Document).transfer.seconds;
      return { copySeconds: stages.copy, wholeSeconds: seconds, peakBytes, stages };
    }),
};
