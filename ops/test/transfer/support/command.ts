import { join } from 'node:path';
import { call } from '../../support/call.ts';
import { type Outcome, type Running, root, start } from '../../support/run-script.ts';

/** Starts `ops:transfer` as a process that can be killed: without npm, which would stand in between. */
export function startTransfer(
  source: string,
  url: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Running {
  return startOps('transfer', transferArgs(source, args), url, env);
}

/** Runs `ops:transfer` in this process. */
export function callTransfer(
  source: string,
  url: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Outcome> {
  return callOps('transfer', transferArgs(source, args), url, env);
}

function transferArgs(source: string, args: readonly string[]): string[] {
  return ['--source', source, '--report', join(source, '..', 'reports'), ...args];
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

/** Runs any command of ours on a target, in this process. */
export function callOps(
  command: string,
  args: readonly string[],
  url: string,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return call([command, ...args], { POSTGRES_URL: url, ...env });
}
