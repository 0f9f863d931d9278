import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../..', import.meta.url));

export const folders: readonly string[] = readdirSync(packages);

/** The source files of a package, by their paths in it. */
export function sourcesOf(folder: string): { readonly path: string; readonly text: string }[] {
  const source = join(packages, folder, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(source, file), 'utf8') }));
}
