import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@vatevo/mover';
import { recogniseSource } from '@vatevo/mover/transfer';
import { type CommonOptions, ExitCode } from '@vatevo/shell';
import { chooseAddress, urlOf } from './address.ts';
import { type Api, startApi } from './api.ts';
import { checkOnce } from './check-once.ts';
import { childEnv } from './child-env.ts';
import { invitation } from './invitation.ts';
import { DATABASE, readHeld, startDatabase } from './kept-database.ts';
import { move } from './move.ts';
import { root, sample, shorten } from './paths.ts';
import { heading, say } from './say.ts';
import { readSpecimen } from './specimen.ts';

export interface DemoOptions extends CommonOptions {
  readonly source?: string;
  readonly once?: boolean;
  readonly fresh?: boolean;
  readonly data?: string;
}

/**
 * The whole way of a SQLite database into production, on one machine and with nothing set:
 *
 * 1. start a PostgreSQL of our own, kept between runs;
 * 2. prepare it, transfer the file, verify, with the commands that an operator uses;
 * 3. serve the result by the built API;
 * 4. wait for Ctrl-C (or call the API once), then stop everything, the last started first.
 *
 * @returns the exit code; the one of an ops command that failed is passed on
 */
export async function demo(options: DemoOptions, run: Run): Promise<ExitCode> {
  const { report, signal } = run;
  const source = options.source === undefined ? sample : run.resolvePath(options.source);
  const folder = options.data === undefined ? join(root, '.local') : run.resolvePath(options.data);
  // What can be wrong with the call is found before anything is started.
  const { format, readable } = recogniseSource(source, await run.formats({}, run));
  readable.release();
  const specimen = readSpecimen(source, format.name);
  const address = await chooseAddress(run.env);

  heading(`Vatevo demo: ${shorten(source)} into PostgreSQL, served on ${urlOf(address)}`);
  // Data that lies elsewhere, since the server's account cannot enter our folder, outlives the folder:
  // without the folder it is a former clone's.
  const anew = options.fresh === true || !existsSync(folder);
  await mkdir(folder, { recursive: true });
  const server = await report.step('Start PostgreSQL', async (step) => {
    const started = await startDatabase(join(folder, 'postgres'), anew ? 'anew' : 'as it is');
    step.detail(`port ${started.port}, data in ${shorten(started.dataDir)}`);
    return started;
  });
  try {
    run.protect(server.password);
    signal.throwIfAborted();
    const env = childEnv(run.env, { POSTGRES_URL: server.url(DATABASE) });
    const held = await readHeld(server);
    const moved = await move(source, folder, held, env, run);
    // A database that was written to since is still one to look at, unless the answer is all that counts.
    const onlyChangedSince = moved === ExitCode.differs && held?.completedAt !== undefined;
    if (moved !== ExitCode.done && (options.once || !onlyChangedSince)) return moved as ExitCode;

    heading('$ pnpm --filter ./apps/api start');
    const api = await report.step('Start the API', async (step) => {
      const log = join(folder, 'api.log');
      step.detail(`log in ${shorten(log)}`);
      return startApi(address, env, log, signal);
    });
    try {
      if (options.once) {
        await checkOnce(api.url, specimen, report);
        report.result({}, ['The demo is done: moved, verified, and served as before.']);
      } else {
        say(['', ...invitation(api.url, source, specimen), '', 'Ctrl-C stops everything.']);
        await untilInterrupted(api, signal);
        report.result({}, ['Stopped; the database is kept for the next time.']);
      }
    } finally {
      await api.stop();
    }
  } finally {
    await server.dispose();
  }
  return ExitCode.done;
}

/** Resolves at Ctrl-C or a request to end, which is how a demo that serves ends well. */
async function untilInterrupted(api: Api, signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
    if (signal.aborted) resolve();
  });
  await Promise.race([interrupted, api.failed]);
}
