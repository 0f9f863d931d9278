/** Has the linter look at the files of the root itself, which belong to no package: `pnpm lint:root`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './lib/child.mjs';
import { main } from './lib/main.mjs';
import { root } from './lib/workspace.mjs';

await main(async () => {
  const files = readdirSync(root).filter((name) => /\.(json|ts)$/.test(name));
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  return run(process.execPath, [biome, 'check', ...files], { cwd: root, env: process.env });
});
