import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.mjs';
import { withNodeHeaders } from './node-headers.mjs';
import { withPnpm } from './pnpm.mjs';
import { root, stateFolder } from './workspace.mjs';

/** Set for an install whose caller builds what it needs afterwards, so that the install itself does not. */
export const CALLER_BUILDS = 'VATEVO_CALLER_BUILDS';

const stampFile = join(stateFolder, 'installed.json');

/** What an install depends on. */
function fingerprint() {
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  // better-sqlite3 is compiled for one ABI of Node on one kind of machine.
  const machine = `${process.platform}-${process.arch}-abi${process.versions.modules}`;
  return { lockfile, machine };
}

/** Notes that node_modules fits the lockfile and this Node. Called at the end of every install. */
export function stampInstall() {
  mkdirSync(stateFolder, { recursive: true });
  // Renamed into place: a copy of the workspace may share this very file with us (cp -al).
  const fresh = `${stampFile}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(fingerprint()));
  renameSync(fresh, stampFile);
}

/** @returns {{ lockfile?: string, machine?: string }} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Installs what is missing and builds nothing; nothing is missing when the last complete install was of the same
 * lockfile and for the same Node.
 *
 * @param {() => Promise<unknown>} [meanwhile] what needs nothing that an install compiles: it is done beside that, which
 *   keeps one processor busy for a minute, and its outcome does not count
 * @returns {Promise<number>} the exit code
 */
export async function ensureInstalled(meanwhile) {
  const stamp = readStamp();
  const now = fingerprint();
  const movedMachine = stamp.machine !== undefined && stamp.machine !== now.machine;
  if (stamp.lockfile === now.lockfile && !movedMachine) return 0;

  console.log('Installing the workspace; the first time this can take a few minutes.');
  const env = { ...withNodeHeaders(withPnpm()), [CALLER_BUILDS]: '1' };
  const install = ['install', '--frozen-lockfile', '--ignore-scripts', '--config.confirmModulesPurge=false'];
  let exitCode = await run('pnpm', install, { cwd: root, env });
  if (exitCode === 0) {
    if (movedMachine)
      console.log('Node has changed since the last install: rebuilding what was compiled for the other one.');
    const compile = ['rebuild', movedMachine ? '--recursive' : '--pending'];
    [exitCode] = await Promise.all([run('pnpm', compile, { cwd: root, env }), meanwhile?.()]);
  }
  if (exitCode === 0) stampInstall();
  else if (exitCode < 128) {
    console.error(
      `error: The install failed (pnpm's exit code ${exitCode}); what it said is above. ` +
        'If a compiler is missing: better-sqlite3 needs python3, make and a C++ compiler.',
    );
  }
  return exitCode;
}
