/**
 * `ops.mjs COMMAND …`: installs and builds what is missing, then runs the ops command: for those that need
 * nothing set and may be a clone's first, `npm run demo` and `npm run ops:drill`.
 *
 * The root scripts say `exec node …`, as that of npm test does: a shell between npm and this process would
 * take npm's SIGTERM for itself and leave the rest running.
 */
import './lib/require-node.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';

/** A build that has nothing to do is quicker than this and not worth a line. */
const NOTICEABLE_MS = 1500;

await main(async () => {
  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  const notice = setTimeout(() => console.error('Building what has changed.'), NOTICEABLE_MS);
  const built = await turbo(['run', 'build', '--output-logs=errors-only'], { quiet: true });
  clearTimeout(notice);
  if (built !== 0) return built;

  // In this very process, which signals reach straight from npm or the terminal.
  await import(new URL('../ops/dist/cli.js', import.meta.url).href);
  return 0;
});
