// Generates the Prisma clients of both schemas into src/generated (git-ignored).
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');

// Generating needs no schema engine, but the CLI fetches one unless it is told
// of an executable: any will do, it is never started. Nor may it call home.
const env = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

await Promise.all(
  ['postgres', 'sqlite'].map(async (database) => {
    const schema = `prisma/${database}/schema.prisma`;
    try {
      await promisify(execFile)(process.execPath, [prisma, 'generate', '--schema', schema], {
        cwd: packageFolder,
        env,
      });
    } catch (error) {
      console.error(error.stdout, error.stderr);
      throw new Error(`prisma generate failed for ${schema}; its output is above`);
    }
  }),
);
