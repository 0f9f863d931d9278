import { join } from 'node:path';
import { type Running, root, start } from '../../support/run-script.ts';

/** Starts `ops:transfer` as a process that can be killed: without npm, which would stand in between. */
export function startTransfer(
  source: string,
  url: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Running {
  return startOps(
    'transfer',
    ['--source', source, '--report', join(source, '..', 'reports'), ...args],
    url,
    env,
  );
}

/** Starts any command of ours on a target. */
export function startOps(
  command: string,
  args: readonly string[],
  url: string,
  env: Record<string, string> = {},
): Running {
  return start(process.execPath, [join(root, 'ops/bin/vatevo-ops.mjs'), command, ...args], {
    env: { POSTGRES_URL: url, ...env },
  });
}
