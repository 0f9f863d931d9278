import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Whether a program is there that npm does not hold, for tests that need it: they are skipped without it. Where
 * `VATEVO_REQUIRE_PROGRAMS=1` says that all of them are installed, a missing one is an error, so that no suite passes
 * because it did not run.
 *
 * @param program a name that is looked for on the PATH, or a path
 */
export function isInstalled(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const folders = isAbsolute(program) ? [''] : (env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => isExecutable(join(folder, program)))) return true;
  if (env.VATEVO_REQUIRE_PROGRAMS === '1') {
    throw new Error(
      `${program} is not installed, and VATEVO_REQUIRE_PROGRAMS=1 says that no test may be skipped for that: install it, or unset the variable.`,
    );
  }
  return false;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
