import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { RequestHandler } from 'express';
import { HttpError, unprocessable } from './answer.ts';
import { bodiesUnderWay } from './bodies-under-way.ts';
import { askForBody } from './expect-continue.ts';
import { inTurn } from './in-turn.ts';

/** The largest body taken, in bytes. */
export const MAX_BODY = 1024 * 1024;

/** How deep JSON may be nested: what goes through it again and again must not run out of stack. */
const MAX_DEPTH = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return mediaType === 'application/json' || /^application\/[\w.-]+\+json$/.test(mediaType);
}

const invalid = (msg: string) => unprocessable([{ loc: ['body'], msg, type: 'json_invalid' }]);

function parse(bytes: Buffer): unknown {
  const { deepest, closed } = nesting(bytes);
  if (closed && deepest > MAX_DEPTH) throw invalid(`JSON is nested deeper than ${MAX_DEPTH} levels`);
  if (!closed) throw invalid('JSON decode error');
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw invalid('JSON decode error');
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from(
  '"\\[]{}',
) as unknown as [number, number, number, number, number, number];

/** How deep the JSON goes, and whether as much is closed as opened; told without making anything of it. */
function nesting(bytes: Buffer): { readonly deepest: number; readonly closed: boolean } {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) deepest = Math.max(deepest, ++depth);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
  return { deepest, closed: depth === 0 };
}

/** By the encodings in which a body may be sent. */
const UNPACKING: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

const tooLarge = () => new HttpError(413, 'The body is larger than 1 MB');
const noRequest = () => new HttpError(400, 'Bad Request');

/** Refuses at once what says of itself that it is too long, or is coded as nothing here can read it (RFC 9112, 6.1). */
const refuseByHeaders: RequestHandler = ({ headers }, _response, next) => {
  if (Number(headers['content-length']) > MAX_BODY) throw tooLarge();
  const coding = headers['transfer-encoding'] ?? 'chunked';
  if (coding.trim().toLowerCase() !== 'chunked') throw new HttpError(501, 'Unsupported transfer coding');
  next();
};

/** Undefined for a body that is sent as it is. */
function unpackingFor(encoding: string | undefined): Transform | undefined {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity') return undefined;
  const make = Object.hasOwn(UNPACKING, name) ? UNPACKING[name] : undefined;
  if (make === undefined) throw new HttpError(415, 'Unsupported content encoding');
  return make();
}

/** Reads the bytes of a body, unpacked, and no more of them than it may have. */
const rawBody: RequestHandler = (request, response, next) => {
  if (!request.readable) {
    next();
    return;
  }
  const unpacking = unpackingFor(request.headers['content-encoding']);
  askForBody(request);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  const end = (error?: HttpError) => {
    if (isOver) return;
    isOver = true;
    if (unpacking) {
      request.unpipe(unpacking).resume();
      unpacking.destroy();
    }
    if (error) chunks.length = 0;
    else request.body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    // An answer that is there already says that the body came too late.
    if (!response.headersSent) next(error);
  };
  const read = unpacking ? request.pipe(unpacking) : request;
  read.on('data', (chunk: Buffer) => {
    if (isOver) return;
    bytes += chunk.length;
    if (bytes > MAX_BODY) end(tooLarge());
    else chunks.push(chunk);
  });
  read.once('end', () => end());
  unpacking?.on('error', () => end(noRequest()));
  request.once('close', () => {
    if (!request.complete) end(noRequest());
  });
};

/**
 * Reads the body as JSON into `request.body`; an empty one is `undefined`, and
 * one sent as another media type is left as text for validation to refuse.
 *
 * It stands behind {@link authenticate}: of those who are not let in nothing is kept. Express's own parser is not used
 * because it replaces bytes that are not UTF-8 and stores what nobody sent. What is made of the bytes takes many times their
 * room, so they are parsed when the request is worked at.
 */
export function jsonBody(): { readonly arrive: RequestHandler; readonly parse: RequestHandler } {
  return {
    arrive: inTurn(refuseByHeaders, bodiesUnderWay(), rawBody),
    parse: (request, _response, next) => {
      const bytes: unknown = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0) request.body = undefined;
      else if (isJson(request.headers['content-type'])) request.body = parse(bytes);
      else request.body = bytes.toString('latin1');
      next();
    },
  };
}
