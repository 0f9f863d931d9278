/**
 * `node scripts/command.mjs db|ops COMMAND …`: installs and builds what is missing, then runs the command, for those
 * that need nothing set and may be a clone's first: `npm run demo`, `npm run ops:drill`, `npm run db:check`.
 *
 * The root scripts of what runs for long say `exec node …`, as that of npm test does: a shell between npm and this process
 * would take npm's SIGTERM for itself and leave the rest running. On Windows, where there is no such word, `exec.cmd` beside
 * package.json is what they start.
 */
import './lib/require-node.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';
import { root } from './lib/workspace.mjs';

/** A build that has nothing to do is quicker than this and not worth a line. */
const NOTICEABLE_MS = 1500;

const PROGRAMS = {
  db: {
    launcher: 'packages/db/bin/vatevo-db.mjs',
    build: ['--filter=@vatevo/db'],
    // What is there is not built anew: a schema that was just changed may well not compile with the code that still
    // expects the old one.
    isReady: () => existsSync(join(root, 'packages/db/dist/cli.js')),
  },
  ops: { launcher: 'ops/bin/vatevo-ops.mjs', build: [], isReady: () => false },
};

await main(async () => {
  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  const [name] = process.argv.splice(2, 1);
  const { launcher, build, isReady } = PROGRAMS[/** @type {keyof typeof PROGRAMS} */ (name)];
  if (!isReady()) {
    const notice = setTimeout(() => console.error('Building what has changed.'), NOTICEABLE_MS);
    const built = await turbo(['run', 'build', ...build, '--output-logs=errors-only'], { quiet: true });
    clearTimeout(notice);
    if (built !== 0) return built;
  }
  // In this very process, which signals reach straight from npm or the terminal.
  await import(new URL(`../${launcher}`, import.meta.url).href);
  return Number(process.exitCode ?? 0);
});
