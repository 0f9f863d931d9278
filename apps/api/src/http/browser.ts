import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** helmet's headers, asked for once: they are the same for every answer. */
function safeHeaders(): ReadonlyMap<string, string> {
  const ask = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        // The documentation page alone has any; its script puts styles into the page.
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  });
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: () => undefined,
  };
  ask({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

/** What scripts of other origins may read of an answer, beside what everybody may. */
const EXPOSED = [
  ...['Allow', 'ETag', 'Idempotent-Replayed', 'Link', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
  ...['Vatevo-Position', 'WWW-Authenticate', 'X-Request-Id'],
];

/** Headers for browsers: nothing may frame, sniff or script the answers, and only `origins` may read them. */
export function browserHeaders(origins: readonly string[]): RequestHandler[] {
  const safe = safeHeaders();
  const headers: RequestHandler = (_request, response, next) => {
    for (const [name, value] of safe) response.setHeader(name, value);
    next();
  };
  if (origins.length === 0) return [headers];
  const sharing = cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PATCH'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-None-Match',
      'Vatevo-Position',
      'X-Request-Id',
    ],
    exposedHeaders: EXPOSED,
    maxAge: 600,
  });
  return [headers, sharing];
}
