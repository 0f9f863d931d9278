import { setTimeout as sleep } from 'node:timers/promises';
import {
  askWithin,
  type ConnectionError,
  type ConnectionFailure,
  type HostAddress,
  type PostgresTarget,
} from '@vatevo/connection';

/** Milliseconds for which those who wait for a connection may still get one, from another host. */
const GRACE_MS = 500;
/** Milliseconds for an answer to the question whether there is a server again, and between two questions. */
const ANSWER_MS = 2_000;
const PAUSE_MS = 250;

/** What leaves a server as silent as it was; `read-only`: the one that answers is not the one that is wanted. */
const STILL_SILENT: ReadonlySet<ConnectionFailure> = new Set([
  'timeout',
  'refused',
  'lost',
  'starting-up',
  'read-only',
]);

/** A server that fell silent, and since when (`performance.now()`). */
interface SilentServer {
  readonly address: HostAddress;
  readonly why: ConnectionError;
  readonly since: number;
  readonly grace: NodeJS.Timeout;
}

/**
 * A server that fell silent, and that no other host stands in for. To open a connection to it would take each caller as long
 * as that may take at the most; so it is asked by one for all, again and again, and callers are told at once until it
 * answers, or another one that is opened meanwhile.
 */
export class Silence {
  readonly #target: PostgresTarget;
  readonly #whenOver: (address: HostAddress, why: ConnectionError) => void;
  readonly #closing = new AbortController();
  /** What callers are told. */
  #why: ConnectionError | undefined;
  /** The one that is not over; undefined while a server answers. */
  #current: SilentServer | undefined;
  readonly #waiting = new Set<(why: ConnectionError) => void>();

  /** @param whenOver called with the address that was silent when a server answers again, before callers are let through */
  constructor(target: PostgresTarget, whenOver: (address: HostAddress, why: ConnectionError) => void) {
    this.#target = target;
    this.#whenOver = whenOver;
  }

  begin(address: HostAddress, why: ConnectionError): void {
    if (this.#current) return;
    const grace = setTimeout(() => this.#tell(why), GRACE_MS).unref();
    const silent = { address, why, since: performance.now(), grace };
    this.#current = silent;
    void this.#untilAnswered(silent).then(() => this.#end(silent));
  }

  /** A new connection has had an answer: it is over, unless that came from the silent server, before it was. */
  answered({ host, port }: HostAddress, opensSince: number): void {
    const silent = this.#current;
    if (silent === undefined) return;
    const isOther = host !== silent.address.host || port !== silent.address.port;
    if (isOther || opensSince > silent.since) this.#end(silent);
  }

  #end(silent: SilentServer): void {
    if (this.#current !== silent) return;
    clearTimeout(silent.grace);
    if (!this.#closing.signal.aborted) this.#whenOver(silent.address, silent.why);
    this.#current = undefined;
    this.#why = undefined;
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * What `open` gives, unless nobody gets a connection.
   *
   * @param late takes what comes when its caller was told already
   * @throws ConnectionError
   */
  async orTold<T>(open: () => Promise<T>, late: (opened: T) => void): Promise<T> {
    if (this.#why) throw this.#why;
    let isTold = false;
    const opened = open();
    const told = new Promise<never>((_, reject) => {
      const tell = (why: ConnectionError) => {
        isTold = true;
        reject(why);
      };
      this.#waiting.add(tell);
      const leave = () => void this.#waiting.delete(tell);
      opened.then(leave, leave);
    });
    void opened.then(
      (it) => isTold && late(it),
      () => undefined,
    );
    return Promise.race([opened, told]);
  }

  #tell(why: ConnectionError): void {
    this.#why = why;
    for (const tell of this.#waiting) tell(why);
    this.#waiting.clear();
  }

  async #untilAnswered(silent: SilentServer): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#current === silent) {
      const asked = await askWithin(this.#target, ANSWER_MS, undefined, (client) =>
        client.query('SELECT 1 /* vatevo signs of life */'),
      );
      if (asked.ok || !STILL_SILENT.has(asked.reason)) return;
      await sleep(PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
