import { resolve } from 'node:path';

/**
 * Resolves a path given on the command line against the folder the user is in.
 *
 * npm and pnpm run root scripts in the repository's folder whatever folder
 * they were called from, and say in INIT_CWD which one that was.
 */
export function resolveUserPath(path: string, env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env.INIT_CWD ?? process.cwd(), path);
}
