import express, { type RequestHandler } from 'express';
import { unprocessable } from './answer.ts';

/** The largest body taken, in bytes. */
export const MAX_BODY = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return mediaType === 'application/json' || /^application\/[\w.-]+\+json$/.test(mediaType);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw unprocessable([{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }]);
  }
}

/**
 * Reads the body as JSON into `request.body`; an empty one is `undefined`, and
 * one sent as another media type is left as text for validation to refuse.
 *
 * It stands before authentication: clients of the replaced service get 422 for
 * malformed JSON whoever they are. Express's own parser is not used because it
 * replaces bytes that are not UTF-8 and stores what nobody sent.
 */
export function jsonBody(): RequestHandler[] {
  return [
    express.raw({ type: () => true, limit: MAX_BODY }),
    (request, _response, next) => {
      const bytes: unknown = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0) request.body = undefined;
      else if (isJson(request.get('content-type'))) request.body = parse(bytes);
      else request.body = bytes.toString('latin1');
      next();
    },
  ];
}
