import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Address, urlOf } from './address.ts';
import { askHealth } from './ask-api.ts';
import { apiProgram, root } from './paths.ts';
import { startNode, stopProcess } from './process.ts';

const parentWatch = fileURLToPath(new URL('./parent-watch.js', import.meta.url));

/** How long the API may take until its database answers, in milliseconds. */
const START_TIMEOUT = 60_000;

/** A running API. */
export interface Api {
  readonly url: string;
  /** Rejects when the API ends although nobody stopped it; never resolves. */
  readonly failed: Promise<never>;
  /** Lets it answer what is under way, and ends it. */
  stop(): Promise<void>;
}

/**
 * Starts the built API and resolves when it serves from its database.
 *
 * @param logFile where its log lines go
 * @throws CommandError with the end of the log when it does not come up
 */
export async function startApi(
  address: Address,
  env: NodeJS.ProcessEnv,
  logFile: string,
  signal: AbortSignal,
): Promise<Api> {
  const log = openSync(logFile, 'w', 0o600);
  const { child, ended } = startNode(['--import', parentWatch, apiProgram], {
    env: { ...env, HOST: address.host, PORT: String(address.port) },
    cwd: root,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.channel?.unref();

  let stopped = false;
  const failed = ended.then((code) =>
    // A promise that nobody waits for any more once the API was stopped on purpose.
    stopped ? new Promise<never>(() => {}) : endedByItself(code, logFile),
  );
  failed.catch(() => {});
  const api: Api = {
    url: urlOf(address),
    failed,
    async stop() {
      stopped = true;
      await stopProcess(child, ended, constants.signals.SIGTERM);
    },
  };
  try {
    await Promise.race([untilHealthy(api.url, signal), failed]);
    return api;
  } catch (error) {
    if (isRunning(child)) await api.stop();
    throw error;
  }
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  const until = Date.now() + START_TIMEOUT;
  let answer = 'it did not answer';
  while (Date.now() < until) {
    signal.throwIfAborted();
    const health = await askHealth(url).catch(() => undefined);
    if (health?.status === 200) return;
    if (health) answer = `it answered ${health.status} ${health.body}`;
    await sleep(100);
  }
  throw new CommandError(
    ExitCode.unexpected,
    `The API did not become healthy in ${START_TIMEOUT / 1000} s: ${answer}.`,
  );
}

async function endedByItself(code: number, logFile: string): Promise<never> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  throw new CommandError(
    ExitCode.unexpected,
    `The API ended by itself (exit code ${code}); its log: ${logFile}`,
    {
      remedy: log.trim().split('\n').slice(-5),
    },
  );
}

function isRunning(child: { exitCode: number | null; signalCode: string | null }): boolean {
  return child.exitCode === null && child.signalCode === null;
}
