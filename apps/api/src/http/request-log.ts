import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Log } from '../log.ts';

/** What a caller's own request id may look like: nothing that could forge a log line. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestId(request: Request): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What the log says of a request. The path alone: a query string may hold what should not have been put there. */
export function described(request: Request, response: Response) {
  return {
    id: response.getHeader('X-Request-Id'),
    method: request.method,
    path: request.originalUrl.split('?', 1)[0],
  };
}

/** Logs every request once, when it is answered, and gives it an id that its answer carries. */
export function requestLog(parent: Log): RequestHandler {
  // Nothing in these lines can be secret, so nothing is looked for in them.
  const log = parent.child({}, { redact: [] });
  return (request, response, next) => {
    const start = performance.now();
    response.setHeader('X-Request-Id', requestId(request));
    // "close" comes once for each answer, also when the client went away.
    response.once('close', () => {
      const line = {
        req: described(request, response),
        res: { status: response.statusCode },
        responseTime: Math.round(performance.now() - start),
      };
      if (response.statusCode >= 500) log.error(line, 'answered with an error');
      else log.info(line, response.writableFinished ? 'answered' : 'client went away');
    });
    next();
  };
}
