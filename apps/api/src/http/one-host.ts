import type { RequestHandler } from 'express';
import { HttpError } from './answer.ts';

/** A request names one host (RFC 9112, 3.2): of two, a proxy and this server might each believe another one. */
export const oneHost: RequestHandler = (request, _response, next) => {
  const { rawHeaders } = request;
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) throw new HttpError(400, 'Bad Request');
  next();
};
