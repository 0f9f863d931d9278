/**
 * `npm run demo -- [--once] [--source FILE] [--fresh]`: installs and builds what is missing, then the demo.
 *
 * The root script says `exec node …`, as that of npm test does: a shell between npm and this process would
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
  const notice = setTimeout(() => console.log('Building what has changed.'), NOTICEABLE_MS);
  const built = await turbo(['run', 'build', '--output-logs=errors-only'], { quiet: true });
  clearTimeout(notice);
  if (built !== 0) return built;

  // In this very process, which signals reach straight from npm or the terminal.
  process.argv.splice(2, 0, 'demo');
  await import(new URL('../ops/dist/cli.js', import.meta.url).href);
  return 0;
});
