// `pnpm prisma …`: the Prisma CLI with our schema engine, so that it downloads none.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { engineExecutable } from '@vatevo/schema-engine';

const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status, signal } = spawnSync(process.execPath, [prisma, ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: engineExecutable,
    // Neither the check for updates nor its message: nothing here calls home.
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
});
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;
