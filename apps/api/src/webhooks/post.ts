import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ForbiddenAddressError, isPublicAddress, literalAddress } from './address.ts';
import type { Message } from './message.ts';

export interface PostOptions {
  /** Milliseconds for all of it, the name's resolution and the answer's headers included. */
  readonly timeoutMs: number;
  /** Where names lead; undefined for wherever the system says, private addresses included. */
  readonly lookup: LookupFunction | undefined;
}

/** Whether the receiver took the message, and if not, why. */
export type PostResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Sends a message. Redirects are not followed: the tenant named one address, and another may be anybody's. */
export function post(address: string, { body, headers }: Message, options: PostOptions): Promise<PostResult> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const request = url && { 'http:': requestHttp, 'https:': requestHttps }[url.protocol];
  if (url === undefined || request === undefined) return failed('the address is no http or https URL');
  const literal = literalAddress(url);
  if (options.lookup && literal !== undefined && !isPublicAddress(literal)) {
    return failed(new ForbiddenAddressError().message);
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const end = (result: PostResult) => {
      resolve(result);
      sent.destroy();
    };
    const sent = request(url, {
      method: 'POST',
      // A connection of its own: one that is kept would outlive the check of its address.
      agent: false,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal,
      ...(options.lookup && { lookup: options.lookup }),
    });
    sent.on('response', ({ statusCode = 0 }) => {
      const taken = statusCode >= 200 && statusCode < 300;
      end(taken ? { ok: true } : { ok: false, reason: `the receiver answered ${statusCode}` });
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const reason = signal.aborted
        ? `no answer within ${options.timeoutMs / 1000} s`
        : error instanceof ForbiddenAddressError
          ? error.message
          : `the connection failed (${error.code ?? error.message})`;
      end({ ok: false, reason });
    });
    sent.end(body);
  });
}

function failed(reason: string): Promise<PostResult> {
  return Promise.resolve({ ok: false, reason });
}
