import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * The process's log: one JSON object a line, on stdout unless told otherwise.
 * The redaction is a second fence: no caller logs headers or bodies at all.
 */
export function createLog(destination?: DestinationStream): Log {
  return pino(
    {
      base: { service: 'vatevo-api' },
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
    destination ?? pino.destination({ sync: true }),
  );
}
