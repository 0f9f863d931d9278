import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * Runs the Prisma CLI with our schema engine, so that it downloads none and erases nothing unasked (./guard.ts).
 *
 * @param env what it finds in its environment beside ours
 * @returns its exit code
 */
export async function runPrisma(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
  const child = spawn(process.execPath, [prisma, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: fileURLToPath(new URL('../../bin/schema-engine.mjs', import.meta.url)),
      // Neither the check for updates nor its message: nothing here calls home.
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      ...env,
    },
  });
  // Whoever ends this process means the CLI; the terminal's Ctrl-C reaches both.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ? 128 + constants.signals[signal] : (code ?? 1);
}
