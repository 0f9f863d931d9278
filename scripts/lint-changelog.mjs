/**
 * Asks for a line in CHANGELOG.md where a branch changes a package that others install, and for one version of all
 * packages: `pnpm lint:changelog`. A commit whose body says `Changelog: none` is of no concern to users.
 */
import { execFileSync } from 'node:child_process';
import { branchPoint } from './lib/changed.mjs';
import { main } from './lib/main.mjs';
import { manifests } from './lib/manifests.mjs';
import { root } from './lib/workspace.mjs';

const SHIPPED = ['src', 'bin', 'prisma'];

/** @param {readonly string[]} args */
const git = (args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });

/** The files of each commit of this branch that users may notice. @param {string} since @returns {string[]} */
function noticed(since) {
  return git(['log', '--no-merges', '--name-only', '-z', '--format=%x01%B%x02', `${since}..HEAD`])
    .split('\x01')
    .filter((commit) => commit !== '' && !/^Changelog: none$/m.test(commit))
    .flatMap((commit) => (commit.split('\x02')[1] ?? '').split(/[\0\n]/))
    .filter((file) => file !== '');
}

/** @returns {string | undefined} */
function start() {
  try {
    return branchPoint();
  } catch {
    // No main to compare with, or no repository at all: a clone of one branch, an archive.
    return undefined;
  }
}

await main(async () => {
  const packages = manifests();
  const versions = new Set(packages.map(({ version }) => version));
  const faults = [];
  if (versions.size > 1) {
    faults.push(
      `The packages have several versions, ${[...versions].join(', ')}: pnpm release gives them one.`,
    );
  }
  const since = start();
  const files = since === undefined ? [] : noticed(since);
  if (!files.includes('CHANGELOG.md')) {
    const changed = packages.filter(
      ({ folder, exports, files: packed }) =>
        exports !== undefined &&
        packed !== undefined &&
        files.some((file) => SHIPPED.some((part) => file.startsWith(`${folder}/${part}/`))),
    );
    for (const { name } of changed) {
      faults.push(
        `${name} was changed and CHANGELOG.md was not: note under Unreleased what users will notice, or write "Changelog: none" into the body of the commit.`,
      );
    }
  }
  for (const fault of faults) console.error(fault);
  if (faults.length === 0)
    console.log('CHANGELOG.md says what the packages that others install have become.');
  return faults.length === 0 ? 0 : 1;
});
