import {
  ClientClosedError,
  ConnectionError,
  DatabaseFencedError,
  DatabaseLockedError,
  IdempotencyKeyReusedError,
  PoolTimeoutError,
  TransactionTimeoutError,
  type Unavailable,
  whyUnavailable,
} from '@vatevo/db';
import type { ErrorRequestHandler, Response } from 'express';
import type { Log } from '../log.ts';
import { HttpError, unavailable, unprocessable } from './answer.ts';
import { closeBehind } from './close-behind.ts';
import { described } from './request-log.ts';
import { discardBody } from './unread-body.ts';

/** The database is usually back, or a connection free again, within a few seconds. */
const RETRY_AFTER_SECONDS = 5;

/** A hand-over from one database to the other is usually a matter of less than a second. */
const FENCED_RETRY_AFTER_SECONDS = 1;

/** What Express throws for a request that is none: an HTTP status, and text safe to ignore. */
interface RequestFault {
  readonly status: number;
}

function isRequestFault(error: unknown): error is RequestFault {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** Their senders have to start over: there is no place for what they still have to send, or it cannot be told where it ends. */
const ENDS_CONNECTION: ReadonlySet<number> = new Set([408, 413, 501]);

/** What clients are told of a database that takes nothing at the moment. */
const UNAVAILABLE: Readonly<Record<Unavailable, string>> = {
  'read-only': 'The database takes no writes at the moment: nothing was written, repeat the request later',
  busy: 'The database is busy',
  full: 'The database has no room left: nothing was written',
  unfit: 'The database is not in order: nothing was written',
};

/** The answer that `error` deserves; undefined when it is our own fault. */
function answerTo(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  const why = whyUnavailable(error);
  if (why === 'read-only') return unavailable(UNAVAILABLE[why], RETRY_AFTER_SECONDS);
  if (error instanceof ConnectionError || error instanceof ClientClosedError) {
    return unavailable('The database cannot be reached', RETRY_AFTER_SECONDS);
  }
  if (error instanceof DatabaseFencedError) {
    return unavailable(
      'The database is being handed over and takes no writes for a moment: nothing was written, repeat the request',
      FENCED_RETRY_AFTER_SECONDS,
    );
  }
  if (
    error instanceof PoolTimeoutError ||
    error instanceof DatabaseLockedError ||
    error instanceof TransactionTimeoutError
  ) {
    return unavailable('The database is busy', RETRY_AFTER_SECONDS);
  }
  if (error instanceof IdempotencyKeyReusedError) {
    return unprocessable([
      { loc: ['header', 'Idempotency-Key'], msg: error.message, type: 'idempotency_key_reused' },
    ]);
  }
  if (why !== undefined) return unavailable(UNAVAILABLE[why], RETRY_AFTER_SECONDS);
  if (isRequestFault(error)) return new HttpError(error.status, 'Bad Request');
  return undefined;
}

function write(response: Response, { status, detail, headers }: HttpError): void {
  response.status(status).set(headers).json({ detail });
}

/**
 * Turns everything thrown below it into an answer. The cause of a 5xx goes to
 * the log; the client learns neither stack nor SQL.
 */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const answer = answerTo(error) ?? new HttpError(500, 'Internal Server Error');
    const about = { req: described(request, response) };
    // One for each write behind a fence: where it comes from says nothing.
    if (error instanceof DatabaseFencedError) log.warn(about, error.message);
    else if (answer.status >= 500 && !(error instanceof HttpError))
      log.error({ ...about, err: error }, 'request failed');
    if (response.headersSent) {
      // Half an answer is out: only a cut connection tells the client that it is not whole.
      response.destroy();
      return;
    }
    discardBody(request);
    if (ENDS_CONNECTION.has(answer.status)) closeBehind(request, response);
    write(response, answer);
  };
}
