/**
 * `node scripts/db.mjs check | migrate …`: what a developer does with the schema. Installs and builds what is
 * missing, then runs the command with its own exit code.
 *
 * Nothing that is there already is built anew: the command works on the files in `packages/db/prisma`, and a
 * schema that was just changed may well not compile with the code that still expects the old one.
 */
import './lib/require-node.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';
import { root } from './lib/workspace.mjs';

await main(async () => {
  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  if (!existsSync(join(root, 'packages', 'db', 'dist', 'cli.js'))) {
    console.log('Building @vatevo/db.');
    const built = await turbo(['run', 'build', '--filter=@vatevo/db'], { quiet: true });
    if (built !== 0) return built;
  }
  await import(new URL('../packages/db/bin/vatevo-db.mjs', import.meta.url).href);
  return Number(process.exitCode ?? 0);
});
