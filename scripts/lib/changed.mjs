import { execFileSync } from 'node:child_process';
import { root } from './workspace.mjs';

/**
 * Turbo's words for the packages that were changed since this branch left `main`, with what is not committed yet, those
 * that depend on them, and what holds for the whole repository.
 *
 * @returns {readonly string[]}
 */
export function changedPackages() {
  return [`--filter=...[${branchPoint()}]`, '--filter=//'];
}

/** Where this branch left `main`. @throws Error where there is no `main` */
export function branchPoint() {
  for (const main of ['main', 'origin/main']) {
    try {
      return execFileSync('git', ['merge-base', 'HEAD', main], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim();
    } catch {
      // There is no such branch, or nothing that the two have in common.
    }
  }
  throw new Error(
    'What was changed cannot be told: there is no branch main to compare with. Leave --changed out.',
  );
}
