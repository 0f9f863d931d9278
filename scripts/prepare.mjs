/**
 * Runs at the end of every `pnpm install`: builds the workspace, so that each command works
 * straight after an install.
 */
import './lib/require-node.mjs';
import { existsSync } from 'node:fs';
import { CALLER_BUILDS, stampInstall } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { rememberRunningPnpm } from './lib/pnpm.mjs';
import { turbo, turboProgram } from './lib/turbo.mjs';

await main(async () => {
  if (process.env.npm_config_user_agent?.startsWith('npm/')) {
    throw new Error(
      'This is a pnpm workspace, which npm cannot install: run "npm test" or "npm run demo" (they fetch pnpm ' +
        'and install everything), or "npx pnpm install".',
    );
  }
  if (!existsSync(turboProgram)) {
    console.log('Not built: that takes the development dependencies, and they were not installed.');
    return 0;
  }
  rememberRunningPnpm();
  stampInstall();
  if (process.env[CALLER_BUILDS]) return 0;
  const exitCode = await turbo(['run', 'build', '--output-logs=errors-only']);
  if (exitCode !== 0) console.error('error: Everything is installed, but the build failed: see above.');
  return exitCode;
});
