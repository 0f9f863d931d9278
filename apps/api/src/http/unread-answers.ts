import type { RequestHandler } from 'express';
import { HttpError } from './answer.ts';
import { caller } from './authenticate.ts';
import { whenAnswered } from './when-answered.ts';

/** Bytes of answers that the clients of one tenant may leave unread, and those of all: of pages, 4 MB at the most. */
const MAX_OF_TENANT = 32 * 1024 * 1024;
const MAX_OF_ALL = 96 * 1024 * 1024;
/** A smaller answer is not counted: it is in the network already. */
const COUNTED = 16 * 1024;

interface Unread {
  readonly tenant: number;
  readonly bytes: number;
  readonly cut: () => void;
}

/**
 * Bounds the answers that are kept because their clients do not read them. A tenant gets no more until his are read, or their
 * connections are cut (see `listen`); when those of all are too many, the tenant who leaves most of them unread loses his oldest.
 */
export function unreadAnswers(): RequestHandler {
  // In the order in which they were given.
  const unread = new Set<Unread>();

  const bytesByTenant = () => {
    const bytes = new Map<number, number>();
    for (const answer of unread) bytes.set(answer.tenant, (bytes.get(answer.tenant) ?? 0) + answer.bytes);
    return bytes;
  };

  const makeRoom = () => {
    const byTenant = bytesByTenant();
    let [ofAll, tenant, most] = [0, 0, 0];
    for (const [each, bytes] of byTenant) {
      ofAll += bytes;
      if (bytes > most) [tenant, most] = [each, bytes];
    }
    for (const answer of unread) {
      if (ofAll <= MAX_OF_ALL) return;
      if (answer.tenant !== tenant) continue;
      ofAll -= answer.bytes;
      answer.cut();
    }
  };

  return (request, response, next) => {
    const tenant = caller(response).id;
    if (unread.size > 0 && (bytesByTenant().get(tenant) ?? 0) > MAX_OF_TENANT)
      throw new HttpError(429, 'Too many answers wait to be read', { 'Retry-After': '1' });
    whenAnswered(response, () => {
      const { writableLength: bytes, destroyed } = response;
      if (bytes < COUNTED || destroyed) return;
      const answer = { tenant, bytes, cut: () => request.socket.destroy() };
      unread.add(answer);
      response.once('close', () => unread.delete(answer));
      makeRoom();
    });
    next();
  };
}
