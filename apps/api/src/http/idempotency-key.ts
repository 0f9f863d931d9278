import { createHash } from 'node:crypto';
import type { Repeatable } from '@vatevo/db';
import type { Request } from 'express';
import { unprocessable } from './answer.ts';

const KEY = /^[\x21-\x7e][\x20-\x7e]{0,254}$/;

/**
 * The request as one that may be repeated; undefined when it carries no `Idempotency-Key` header. The same
 * key with another body is not a repetition.
 *
 * @throws HttpError 422 when the key is no key
 */
export function repeatable(request: Request): Repeatable | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw unprocessable([
      {
        loc: ['header', 'Idempotency-Key'],
        msg: 'Input should be 1 to 255 printable ASCII characters',
        type: 'string_pattern_mismatch',
      },
    ]);
  }
  // The route's own path: clients spell it in several ways (`/invoices/`).
  const text = `${request.method} ${request.route.path}\n${JSON.stringify(request.body)}`;
  return { key, requestHash: createHash('sha256').update(text).digest('hex') };
}
