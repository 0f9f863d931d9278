import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const SERVICE = 'vatevo-api';

/** A pipe takes as much as a whole (PIPE_BUF), whoever else writes to it: lines of several processes stay lines. */
const MAX_WRITE = 4096;

/** Bytes of the log that wait for whoever reads it. */
const MAX_WAITING = 8 * 1024 * 1024;

/** Milliseconds for which lines are gathered before they are written: a write for each costs more than the line. */
const GATHER_MS = 20;

/** Milliseconds in which the log's reader has to take the last lines of a process that ends. */
const LAST_LINES_MS = 1_000;

/** stdout, for which nobody waits: what its reader does not take in time is left out, and that is said. */
function unblockedStdout(): DestinationStream & { flush(done?: (error?: Error) => void): void } {
  const stdout = pino.destination({
    fd: 1,
    sync: false,
    maxLength: MAX_WAITING,
    maxWrite: MAX_WRITE,
    minLength: MAX_WRITE - 1,
  });
  let dropped = 0;
  stdout.on('drop', () => {
    dropped++;
  });
  stdout.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    const time = new Date().toISOString();
    stdout.write(
      `${JSON.stringify({ level: 'warn', time, service: SERVICE, lines, msg: 'log lines left out: nobody read them in time' })}\n`,
    );
  });
  let gathering = false;
  const write = () => {
    gathering = false;
    stdout.flush();
  };
  return {
    write(line) {
      stdout.write(line);
      if (gathering) return;
      gathering = true;
      // What is left when the process ends, pino writes then.
      setTimeout(write, GATHER_MS).unref();
    },
    flush: (done) => stdout.flush(done),
  };
}

/**
 * The process's log: one JSON object a line, on stdout unless told otherwise.
 * The redaction is a second fence: no caller logs headers or bodies at all.
 */
export function createLog(destination?: DestinationStream): Log {
  return pino(
    {
      base: { service: SERVICE },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['authorization', 'api_key', 'apiKey', 'password', 'url', 'headers'].flatMap((name) => [
          name,
          `*.${name}`,
          `*.*.${name}`,
        ]),
        censor: '[redacted]',
      },
    },
    destination ?? unblockedStdout(),
  );
}

/** Ends the process. A line that is being written when the process ends is lost: pino writes what waits behind it, and not that one. */
export function exitWhenWritten(log: Log, code: number): void {
  setTimeout(() => process.exit(code), LAST_LINES_MS);
  log.flush(() => process.exit(code));
}
