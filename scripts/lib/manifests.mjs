import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/**
 * The package.json of each package of the workspace.
 *
 * @returns {{ folder: string, file: string, text: string, name: string, version?: string, exports?: unknown, files?: readonly string[] }[]}
 */
export function manifests() {
  const inside = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  return [...inside, 'ops', 'bench', 'scripts', 'deploy'].flatMap((folder) => {
    const file = join(root, folder, 'package.json');
    if (!existsSync(file)) return [];
    const text = readFileSync(file, 'utf8');
    return [{ ...JSON.parse(text), folder, file, text }];
  });
}
