import { Agent, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import { ForbiddenAddressError, isPublicAddress, literalAddress } from './address.ts';
import type { Message } from './message.ts';
import { Names, type NamesOptions } from './names.ts';

/** Milliseconds for which a connection is kept that nothing goes over: less than receivers keep theirs. */
const KEEP_ALIVE_MS = 4_000;
/** Such connections to one receiver, and to all. */
const MAX_FREE = 128;
const MAX_SOCKETS = 4_096;
/** Milliseconds and bytes that the body of an answer may take; nobody reads it. */
const ANSWER_MS = 1_000;
const MAX_ANSWER = 64 * 1024;

/** Whether the receiver took the message, and if not, why. */
export type PostResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * Sends messages, over connections that are kept for the next one: each leads to the address that was checked when it
 * was made. Redirects are not followed: the tenant named one address, and another may be anybody's.
 */
export class Post {
  readonly #names: Names;
  readonly #privateAddresses: boolean;
  readonly #agents: { readonly 'http:': Agent; readonly 'https:': SecureAgent };

  constructor(options: NamesOptions) {
    this.#names = new Names(options);
    this.#privateAddresses = options.privateAddresses;
    const kept = {
      keepAlive: true,
      timeout: KEEP_ALIVE_MS,
      maxFreeSockets: MAX_FREE,
      maxTotalSockets: MAX_SOCKETS,
      scheduling: 'lifo' as const,
    };
    this.#agents = { 'http:': new Agent(kept), 'https:': new SecureAgent(kept) };
  }

  /** @param timeoutMs for all of it, the name's resolution and the answer's headers included */
  async send(address: string, message: Message, timeoutMs: number): Promise<PostResult> {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      return { ok: false, reason: 'the address is no http or https URL' };
    }
    const literal = literalAddress(url);
    if (!this.#privateAddresses && literal !== undefined && !isPublicAddress(literal)) {
      return { ok: false, reason: new ForbiddenAddressError().message };
    }
    const deadline = performance.now() + timeoutMs;
    const first = await this.#sendOnce(url, message, deadline, timeoutMs);
    // The receiver closed a connection that it had kept, before it read anything: no fault of either side.
    return first === 'closed before'
      ? ((await this.#sendOnce(url, message, deadline, timeoutMs)) as PostResult)
      : first;
  }

  close(): void {
    this.#names.close();
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  #sendOnce(
    url: URL,
    { body, headers }: Message,
    deadline: number,
    timeoutMs: number,
  ): Promise<PostResult | 'closed before'> {
    const protocol = url.protocol as 'http:' | 'https:';
    const request = { 'http:': requestHttp, 'https:': requestHttps }[protocol];
    return new Promise((resolve) => {
      let isLate = false;
      const sent = request(url, {
        method: 'POST',
        agent: this.#agents[protocol],
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        lookup: this.#names.lookup,
      });
      const late = setTimeout(() => {
        isLate = true;
        sent.destroy();
      }, deadline - performance.now());
      sent.on('response', (answer) => {
        clearTimeout(late);
        const { statusCode = 0 } = answer;
        const taken = statusCode >= 200 && statusCode < 300;
        resolve(taken ? { ok: true } : { ok: false, reason: `the receiver answered ${statusCode}` });
        // The connection is of use when what comes with the answer is at its end soon.
        const tooLong = setTimeout(() => sent.destroy(), ANSWER_MS);
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER) sent.destroy();
        });
        answer.once('close', () => clearTimeout(tooLong));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(late);
        if (sent.reusedSocket && error.code === 'ECONNRESET' && !isLate) return resolve('closed before');
        resolve({ ok: false, reason: isLate ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error) });
      });
      sent.end(body);
    });
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error instanceof ForbiddenAddressError
    ? error.message
    : `the connection failed (${error.code ?? error.message})`;
}
