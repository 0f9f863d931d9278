import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** One Ctrl-C can arrive twice: from the terminal and, a moment later, from npm. */
const REPEAT_MS = 1000;

/**
 * Runs a program to its end, its output where ours goes.
 *
 * It gets a process group of its own, and signals go to that whole group: each process of it
 * sees a Ctrl-C once, and a wrapper that dies of a signal leaves nothing behind. A second signal
 * more than a second later kills the group.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, quiet?: boolean }} options `quiet` keeps the
 *   output back and shows it only when the program fails
 * @returns {Promise<number>} the exit code; 128 + the signal's number when a signal ended it or us
 */
export function run(command, args, { cwd, env, quiet = false }) {
  // Before the program starts: a signal that comes while it does must not end us and leave it behind.
  const forwarding = forwardSignals((signal) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  });
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  /** @type {Buffer[]} */
  const kept = [];
  child.stdout?.on('data', (chunk) => kept.push(chunk));
  child.stderr?.on('data', (chunk) => kept.push(chunk));

  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      forwarding.stop();
      reject(error);
    });
    child.once('close', (code, signal) => {
      forwarding.stop();
      const ended = forwarding.received() ?? signal;
      const exitCode = ended ? 128 + constants.signals[ended] : (code ?? 1);
      if (exitCode !== 0 && exitCode < 128) process.stderr.write(Buffer.concat(kept));
      resolve(exitCode);
    });
  });
}

/** @param {(signal: NodeJS.Signals) => void} send */
function forwardSignals(send) {
  /** @type {NodeJS.Signals | undefined} */
  let first;
  let since = 0;
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    if (first === undefined) {
      first = signal;
      since = Date.now();
      send(signal);
    } else if (Date.now() - since > REPEAT_MS) {
      send('SIGKILL');
    }
  };
  /** @type {NodeJS.Signals[]} */
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, onSignal);
  return {
    received: () => first,
    stop() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
