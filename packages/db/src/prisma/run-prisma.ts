import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

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
  const child = execa(process.execPath, [prisma, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'inherit',
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
    env: {
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
  const { exitCode, signal } = await child;
  return signal ? 128 + constants.signals[signal as NodeJS.Signals] : (exitCode ?? 1);
}
