import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, seen from `ops/dist/demo` as from `ops/src/demo`. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What the demo moves unless it is told otherwise: a database that the first service wrote. */
export const sample = fileURLToPath(new URL('../../fixtures/legacy.db', import.meta.url));

/** The ops command line. */
export const opsProgram = fileURLToPath(new URL('../cli.js', import.meta.url));

/** The built API. */
export const apiProgram = fileURLToPath(new URL('../../../apps/api/dist/main.js', import.meta.url));

/** A path inside the repository as one would type it there; others stay as they are. */
export function shorten(path: string): string {
  const inside = relative(root, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}
