import { constants } from 'node:os';

/** The reason an interrupted run's AbortSignal carries. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** 128 + the signal's number, as a shell would report it: SIGINT 130, SIGTERM 143. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * The terminal sends Ctrl-C to the whole process group and npm passes it on
 * once more, so the second signal of one key press arrives within moments of
 * the first. Only one that comes later means "now".
 */
const REPEAT_MS = 1000;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that a command can close
 * what it holds. A second signal more than a second later ends the process at once.
 *
 * @returns the signal to hand to everything that can be aborted, and `release`
 *   which puts the default handling back.
 */
export function interruptible(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const interrupted = new Interrupted(name);
    if (!controller.signal.aborted) {
      first = Date.now();
      controller.abort(interrupted);
    } else if (Date.now() - first > REPEAT_MS) {
      process.exit(interrupted.exitCode);
    }
  };
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
