import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What these scripts remember between two runs; it goes when node_modules goes. */
export const stateFolder = join(root, 'node_modules', '.cache', 'vatevo');

/** The pnpm that the repository is made with, such as `12.21.0`. */
export function wantedPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return /** @type {string} */ (packageManager).replace(/^pnpm@/, '').replace(/\+.*$/, '');
}
