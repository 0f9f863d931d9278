import { legacyMapping } from '@vatevo/ops';
import pg from 'pg';
import type { Loader } from '../loader.ts';
import { runProgram, together } from '../run-program.ts';
import { libpqEnvironment, type Testbed } from '../testbed.ts';
import { type CopyFile, writeCopyFiles } from './copy-files.ts';

const CONNECTIONS = 2;

/**
 * What no program can beat: files that are already in the server's binary format, loaded by psql over two
 * connections into bare tables. The files are made once, by our own encoder, and are not timed.
 */
export function limit(): Loader {
  let files: Promise<CopyFile[]> | undefined;
  return {
    name: 'psql \\copy, ready-made',
    needs: ['psql'],
    run: async (testbed) => {
      files ??= makeFiles(testbed);
      const made = await files;
      return testbed.withBareTables(async (url) => {
        const started = performance.now();
        const { done: ran, serverSeconds } = await testbed.countingServer(() =>
          Promise.all(
            Array.from({ length: CONNECTIONS }, (_, slot) => {
              const copies = made.filter((file) => file.slot === slot).map(copyCommand);
              const args = ['-qX', '-v', 'ON_ERROR_STOP=1', ...copies.flatMap((copy) => ['-c', copy])];
              return runProgram('psql', args, libpqEnvironment(url));
            }),
          ),
        );
        const seconds = (performance.now() - started) / 1000;
        return { copySeconds: seconds, wholeSeconds: seconds, ...together(ran), serverSeconds };
      });
    },
  };
}

function makeFiles(testbed: Testbed): Promise<CopyFile[]> {
  return testbed.withMigrated((url) =>
    writeCopyFiles(
      {
        source: testbed.source,
        mapping: legacyMapping,
        readers: CONNECTIONS,
        connect: async () => {
          const client = new pg.Client({ connectionString: url });
          await client.connect();
          return client;
        },
      },
      testbed.folder,
    ),
  );
}

function copyCommand({ path, table, columns }: CopyFile): string {
  return `\\copy ${table} (${columns.join(', ')}) FROM '${path}' (FORMAT binary)`;
}
