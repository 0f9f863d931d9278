/**
 * `pnpm release VERSION`: gives every package that version, and its name and date to what CHANGELOG.md has under
 * Unreleased. All packages have one version, since they are tested and shipped together
 * (docs/decisions/018-one-version-and-one-changelog.md).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './lib/main.mjs';
import { manifests } from './lib/manifests.mjs';
import { root } from './lib/workspace.mjs';

const CHANGELOG = join(root, 'CHANGELOG.md');

/** @param {string} version @returns {number[]} */
const numbers = (version) => version.split('.').map(Number);

/** @param {string} next @param {string} version */
function isLater(next, version) {
  const [a, b] = [numbers(next), numbers(version)];
  const first = a.findIndex((number, i) => number !== b[i]);
  return first !== -1 && Number(a[first]) > Number(b[first]);
}

await main(async () => {
  const [version = ''] = process.argv.slice(2);
  const packages = manifests();
  const present = packages.find(({ version }) => version !== undefined)?.version ?? '0.0.0';
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(version) || !isLater(version, present)) {
    throw new Error(`"${version}" is no version behind ${present}: give one such as 1.2.3.`);
  }
  const changelog = readFileSync(CHANGELOG, 'utf8');
  const [, unreleased = ''] = /^## \[Unreleased\]\n(.*?)(?=^## \[|(?![\s\S]))/ms.exec(changelog) ?? [];
  if (!/^- /m.test(unreleased)) {
    throw new Error('CHANGELOG.md has nothing under Unreleased: there is nothing to release.');
  }
  for (const { file, text } of packages) {
    writeFileSync(file, text.replace(/^( {2}"version": ")[^"]+/m, `$1${version}`));
  }
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    CHANGELOG,
    changelog.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${date}\n`),
  );
  const commands = ['pnpm test', `git commit -am "Release ${version}"`, `git tag v${version}`];
  console.log(['Next:', ...commands.map((command) => `  ${command}`)].join('\n'));
  return 0;
});
