import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, stateFolder, wantedPnpm } from './workspace.mjs';

/** A folder that holds a link named `pnpm` and nothing else: turbo looks for that name on the PATH. */
const linkFolder = join(stateFolder, 'bin');

/**
 * The environment for programs that call pnpm: it is first on their PATH.
 *
 * Where it comes from, in this order: the one that installed the workspace, or runs this; one on
 * the PATH of the right major version; npm, which fetches it into its own cache (Corepack, which
 * could do that too, is not a part of every Node and needs a host besides the registry).
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function withPnpm(env = process.env) {
  const folder = existsSync(join(linkFolder, 'pnpm')) ? linkFolder : (folderOnPath(env) ?? fetchedByNpm(env));
  return { ...env, PATH: `${folder}${delimiter}${env.PATH ?? ''}` };
}

/**
 * Remembers the pnpm that runs this script, which may not be on the PATH at all (called by its
 * path, for instance). Nothing happens when it is not pnpm that runs it.
 */
export function rememberRunningPnpm(env = process.env) {
  const program = env.npm_execpath;
  if (program === undefined || !env.npm_config_user_agent?.startsWith('pnpm/')) return;
  mkdirSync(linkFolder, { recursive: true });
  const link = join(linkFolder, `pnpm.${process.pid}`);
  rmSync(link, { force: true });
  symlinkSync(program, link);
  renameSync(link, join(linkFolder, 'pnpm'));
}

/** @param {NodeJS.ProcessEnv} env */
function folderOnPath(env) {
  const major = wantedPnpm().split('.')[0];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const program = join(folder, 'pnpm');
    if (!folder || !existsSync(program)) continue;
    // Asked here, so that a Corepack shim or an old pnpm says what it would run here; neither may
    // sit and wait for an answer or for a host that cannot be reached.
    const said = spawnSync(program, ['--version'], {
      cwd: root,
      env: { ...env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', COREPACK_ENABLE_NETWORK: '0' },
      encoding: 'utf8',
      timeout: 20_000,
    });
    return said.status === 0 && said.stdout.trim().split('.')[0] === major ? folder : undefined;
  }
  return undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function fetchedByNpm(env) {
  const version = wantedPnpm();
  const script = 'command -v pnpm';
  const said = spawnSync('npm', ['exec', '--yes', `--package=pnpm@${version}`, '--', 'sh', '-c', script], {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = said.stdout?.trim().split('\n').at(-1) ?? '';
  if (said.status !== 0 || !program.endsWith('/pnpm')) {
    throw new Error(
      `npm could not fetch pnpm ${version}: check that its registry can be reached, or install pnpm yourself.\n` +
        (said.stderr ?? said.error?.message ?? ''),
    );
  }
  return program.slice(0, -'/pnpm'.length);
}
