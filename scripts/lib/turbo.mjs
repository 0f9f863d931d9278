import { join } from 'node:path';
import { run } from './child.mjs';
import { withPnpm } from './pnpm.mjs';
import { root } from './workspace.mjs';

/** Nothing that runs below reports home or asks for updates. */
const quietTools = {
  CHECKPOINT_DISABLE: '1', // Prisma
  DO_NOT_TRACK: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  TURBO_TELEMETRY_DISABLED: '1',
};

export const turboProgram = join(root, 'node_modules', '.bin', 'turbo');

/**
 * Runs turbo in the repository.
 *
 * @param {readonly string[]} args such as `['run', 'build']`
 * @param {{ env?: Record<string, string>, quiet?: boolean }} [options]
 * @returns {Promise<number>} the exit code
 */
export function turbo(args, { env = {}, quiet = false } = {}) {
  return run(turboProgram, ['--ui=stream', ...args], {
    cwd: root,
    env: { ...withPnpm(), ...quietTools, ...env },
    quiet,
  });
}
