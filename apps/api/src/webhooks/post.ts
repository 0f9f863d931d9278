import { Agent, buildConnector, errors } from 'undici';
import { ForbiddenAddressError, isPublicAddress, literalAddress } from './address.ts';
import type { Message } from './message.ts';
import { Names, type NamesOptions } from './names.ts';
import { passOverInterim } from './pass-over-interim.ts';

/** Milliseconds for which a connection is kept that nothing goes over: less than receivers keep theirs. */
const KEEP_ALIVE_MS = 4_000;
/** Connections to one receiver. */
const MAX_SOCKETS = 128;
/** Milliseconds and bytes that the body of an answer may take; nobody reads it. */
const ANSWER_MS = 1_000;
const MAX_ANSWER = 64 * 1024;
/** Answers before the one that counts (1xx); each costs as much as that. */
const MAX_BEFORE = 16;

/** Whether the receiver took the message, and if not, why. Nothing of what is stale was sent. */
export type PostResult = { readonly ok: true } | { readonly ok: false; readonly reason: string } | 'stale';

/** Nothing was sent: what is to be sent may be another by now. */
class StaleError extends Error {
  override readonly name = 'StaleError';
}

interface Sent {
  readonly result: PostResult;
  readonly wasClosedBefore: boolean;
}

/**
 * Sends messages, over connections that are kept for the next one: each leads to the address that was checked when it
 * was made. Redirects are not followed: the tenant named one address, and another may be anybody's.
 */
export class Post {
  readonly #names: Names;
  readonly #privateAddresses: boolean;
  readonly #agent: Agent;

  constructor(options: NamesOptions) {
    this.#names = new Names(options);
    this.#privateAddresses = options.privateAddresses;
    this.#agent = new Agent({
      connections: MAX_SOCKETS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: connectBy(this.#names),
      // One time is over all of it (see send).
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * @param timeoutMs for all of it, the name's resolution and the answer's headers included
   * @param isFresh whether the message may go there; asked when there is a connection for it
   */
  async send(
    address: string,
    message: Message,
    timeoutMs: number,
    isFresh: () => boolean,
  ): Promise<PostResult> {
    const url = parseUrl(address);
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      return { ok: false, reason: 'the address is no http or https URL' };
    }
    const literal = literalAddress(url);
    if (!this.#privateAddresses && literal !== undefined && !isPublicAddress(literal)) {
      return { ok: false, reason: new ForbiddenAddressError().message };
    }
    const deadline = performance.now() + timeoutMs;
    const sendOnce = () => this.#sendOnce(url, message, deadline, timeoutMs, isFresh);
    const first = await sendOnce();
    // The receiver closed a connection that it had kept, before it read anything: no fault of either side.
    const last = first.wasClosedBefore ? await sendOnce() : first;
    return last.result;
  }

  close(): void {
    this.#names.close();
    this.#agent.destroy().catch(() => undefined);
  }

  #sendOnce(
    url: URL,
    { body, headers }: Message,
    deadline: number,
    timeoutMs: number,
    isFresh: () => boolean,
  ): Promise<Sent> {
    return new Promise((settle) => {
      const resolve = (result: PostResult, wasClosedBefore = false) => settle({ result, wasClosedBefore });
      let isOver = false;
      let abort = () => {};
      const late = setTimeout(() => {
        isOver = true;
        resolve({ ok: false, reason: `no answer within ${timeoutMs / 1000} s` });
        abort();
      }, deadline - performance.now());
      let answering: NodeJS.Timeout | undefined;
      let bytes = 0;
      let before = 0;
      this.#agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'POST',
          headers: { ...headers, ...credentialsOf(url) },
          body,
        },
        {
          onRequestStart(controller) {
            abort = () => controller.abort(new Error('given up'));
            // Nobody waits for it any more; it was still to be connected.
            if (isOver) abort();
            // Thrown, it leaves the connection to the next one.
            else if (!isFresh()) throw new StaleError();
          },
          onResponseStart(_controller, statusCode) {
            if (statusCode < 200) {
              if (++before > MAX_BEFORE) abort();
              return;
            }
            if (isOver) return;
            clearTimeout(late);
            const taken = statusCode < 300;
            resolve(taken ? { ok: true } : { ok: false, reason: `the receiver answered ${statusCode}` });
            // The connection is of use when what comes with the answer is at its end soon.
            answering = setTimeout(abort, ANSWER_MS);
          },
          onResponseData(_controller, chunk) {
            bytes += chunk.length;
            if (bytes > MAX_ANSWER) abort();
          },
          onResponseEnd() {
            clearTimeout(answering);
          },
          onResponseError(_controller, error) {
            clearTimeout(answering);
            clearTimeout(late);
            if (error instanceof StaleError) resolve('stale');
            else resolve({ ok: false, reason: reasonOf(error) }, wasClosedBefore(error));
          },
        },
      );
    });
  }
}

function connectBy({ lookup }: Names): buildConnector.connector {
  const connect = buildConnector({ lookup });
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      passOverInterim(socket, MAX_BEFORE);
      callback(null, socket);
    });
}

export function parseUrl(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a connection that had carried an answer before was closed; a reset tells no more than itself. */
function wasClosedBefore(error: Error): boolean {
  if (error instanceof errors.SocketError) return (error.socket?.bytesRead ?? 0) > 0;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function reasonOf(error: Error): string {
  return error instanceof ForbiddenAddressError
    ? error.message
    : `the connection failed (${(error as NodeJS.ErrnoException).code ?? error.message})`;
}
