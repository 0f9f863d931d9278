/** Removes what was built and tested, and what turbo keeps of it: `pnpm clean`. What is installed stays. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './lib/main.mjs';
import { root } from './lib/workspace.mjs';
import { readMap } from './lib/written-map.mjs';

const MADE = ['dist', 'src/generated', 'coverage', 'test-results.json', '.turbo'];

await main(async () => {
  for (const folder of ['.', ...readMap().map(({ folder }) => folder), 'scripts', 'deploy']) {
    for (const made of MADE) rmSync(join(root, folder, made), { recursive: true, force: true });
  }
  return 0;
});
