import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import type { StopWorker } from './worker.ts';

/** What the thread and its process say to each other. */
export type FromThread = { readonly logged: string } | { readonly stopped: true };
export interface ToThread {
  readonly stopWithinMs: number;
}

/** Milliseconds until a thread that ended by itself is started again. */
const RESTART_MS = 1_000;
/** Milliseconds that closing its connections may take behind the deliveries. */
const CLOSE_MS = 2_000;

/** Starts the thread that delivers webhooks, with the environment of this process; it is started again when it fails. */
export function startWebhookThread(log: Log): StopWorker {
  let stopping = false;
  let running: Worker | undefined;
  const start = () => {
    const thread = new Worker(new URL('./thread.js', import.meta.url));
    thread.on('message', (message: FromThread) => {
      if ('logged' in message) logAgain(log, message.logged);
    });
    thread.on('error', (error) =>
      log.error({ err: error }, 'the delivery of webhooks failed and is started again'),
    );
    running = thread;
    thread.once('exit', () => {
      running = undefined;
      if (!stopping) setTimeout(() => stopping || start(), RESTART_MS).unref();
    });
  };
  start();
  return async (graceMs) => {
    stopping = true;
    const thread = running;
    if (thread === undefined) return;
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage({ stopWithinMs: graceMs } satisfies ToThread);
    await Promise.race([ended, sleep(graceMs + CLOSE_MS, undefined, { ref: false })]);
    await thread.terminate();
  };
}

/** A line that the thread has logged, under its own level. */
function logAgain(log: Log, line: string): void {
  const {
    level,
    time: _time,
    service: _service,
    msg,
    ...facts
  } = JSON.parse(line) as Record<string, unknown>;
  const known = level === 'error' || level === 'warn' || level === 'debug' ? level : 'info';
  log[known](facts, String(msg ?? ''));
}
