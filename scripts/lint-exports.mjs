/**
 * Packs each package of ours that others import and looks at it as they will: `pnpm lint:exports`. publint looks for
 * files and fields that are wrong, Are The Types Wrong for types that do not say what the code is. Packages are ES
 * modules: how they resolve for `require` and for Node 10 is not asked.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { main } from './lib/main.mjs';
import { withPnpm } from './lib/pnpm.mjs';
import { root } from './lib/workspace.mjs';

const NOT_ASKED = ['node10', 'node16-cjs'];

/**
 * What has no `files` is for this workspace alone.
 *
 * @returns {{ folder: string, manifest: { name: string, exports?: unknown, files?: unknown } }[]}
 */
function exportingPackages() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.exports !== undefined && manifest.files !== undefined);
}

/** @param {Buffer} tarball @returns {Promise<string[]>} */
async function faultsOfFiles(tarball) {
  const data = new Uint8Array(tarball).buffer;
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: data } });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

/** @param {Buffer} tarball @returns {Promise<string[]>} */
async function faultsOfTypes(tarball) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (analysis.types === false) return ['it has no types'];
  return analysis.problems
    .filter((problem) => !('resolutionKind' in problem && NOT_ASKED.includes(problem.resolutionKind)))
    .map((problem) => JSON.stringify(problem));
}

await main(async () => {
  const packages = exportingPackages();
  const place = mkdtempSync(join(tmpdir(), 'vatevo-pack-'));
  let found = 0;
  try {
    for (const { folder, manifest } of packages) {
      const file = join(place, 'package.tgz');
      execFileSync('pnpm', ['pack', '--out', file], { cwd: folder, env: withPnpm(), stdio: 'pipe' });
      const tarball = readFileSync(file);
      for (const fault of [...(await faultsOfFiles(tarball)), ...(await faultsOfTypes(tarball))]) {
        found++;
        console.error(`${manifest.name}: ${fault}`);
      }
    }
  } finally {
    rmSync(place, { recursive: true });
  }
  if (found === 0) console.log(`${packages.length} packages can be imported as their exports say.`);
  return found === 0 ? 0 : 1;
});
