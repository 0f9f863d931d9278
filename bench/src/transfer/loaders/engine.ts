import { join } from 'node:path';
import type { Loader } from '../loader.ts';
import { runProgram } from '../run-program.ts';
import { opsCommand, postgresUrl } from '../testbed.ts';

interface Document {
  readonly transfer: { readonly seconds: Readonly<Record<string, number>> & { readonly copy: number } };
}

/** The real command in a process of its own, into the migrated tables: inspection to verification and report. */
export const engine: Loader = {
  name: 'ops transfer',
  needs: [],
  run: (testbed) =>
    testbed.withMigrated(async (url) => {
      const reports = join(testbed.folder, 'reports');
      const args = [opsCommand, 'transfer', '--source', testbed.source, '--report', reports, '--json'];
      const { done, serverSeconds } = await testbed.countingServer(() =>
        runProgram(process.execPath, args, postgresUrl(url)),
      );
      const { seconds, peakBytes, processorSeconds: programSeconds, output } = done;
      const stages = (JSON.parse(output) as Document).transfer.seconds;
      return {
        copySeconds: stages.copy,
        wholeSeconds: seconds,
        peakBytes,
        programSeconds,
        serverSeconds,
        stages,
      };
    }),
};
