import { hash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';

/**
 * Answers with JSON. Express's own `json` looks into settings, media types and the request's conditions for every
 * answer, none of which we have; without it a request takes about a tenth less of the processor's time.
 */
export function sendJson(response: Response, body: unknown): void {
  const text = JSON.stringify(body);
  response.setHeader('Content-Type', JSON_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/**
 * Answers a GET with a text and its tag; who has that already (`If-None-Match`) gets 304 and no text. An answer is a
 * tenant's own, so that only he may keep it.
 */
export function sendTagged(request: Request, response: Response, type: string, text: string): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  // Where other origins may read it, that is said already.
  const vary = response.getHeader('Vary');
  response.setHeader('Vary', vary === undefined ? 'Authorization' : `${vary}, Authorization`);
  sendUnlessKnown(request, response, tagOf(text), type, text);
}

/**
 * Answers everybody with the same bytes. They are there once, however many answers wait for clients that ask for them and
 * do not read; no file is opened for them.
 */
export function keptAnswer(type: string, content: string | Buffer): RequestHandler {
  const bytes = Buffer.from(content);
  const tag = tagOf(bytes);
  return (request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    sendUnlessKnown(request, response, tag, type, bytes);
  };
}

function tagOf(content: string | Buffer): string {
  return `"${hash('sha1', content, 'base64url')}"`;
}

function sendUnlessKnown(
  request: Request,
  response: Response,
  tag: string,
  type: string,
  content: string | Buffer,
): void {
  response.setHeader('ETag', tag);
  if (isKnown(request.headers['if-none-match'], tag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(content));
  response.end(content);
}

export const JSON_TYPE = 'application/json; charset=utf-8';

function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((known) => known.trim() === '*' || known.trim().replace(/^W\//, '') === tag);
}
