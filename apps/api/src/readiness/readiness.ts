import { ConnectionError } from '@vatevo/db';

/** Milliseconds for a probe after the first one: what a frozen server owes is not waited for by all requests. */
const DEADLINE_MS = 4_000;
const FIRST_DEADLINE_MS = 30_000;

/** Milliseconds for which it counts that data is served, and that none is: nobody is to wait for what may end any moment. */
const READY_MS = 3_000;
const NOT_READY_MS = 500;

/** Whether the database holds what the API is to serve. */
export type Readiness = { readonly ready: true } | NotReady;

export interface NotReady {
  readonly ready: false;
  readonly reason: NotReadyReason;
  /** One sentence for the log: what is the matter, and what to do. */
  readonly message: string;
}

type NotReadyReason =
  | 'not prepared'
  | 'triggers off'
  | 'transfer unfinished'
  | 'transfer state unreadable'
  | 'move unfinished'
  | 'handed over'
  | 'cutover state unknown'
  | 'not known which database is the primary'
  | 'another database is the primary';

/** A later release has brought the database into a state that this one does not know. */
export function unknownState(message: string): NotReady {
  return { ready: false, reason: 'cutover state unknown', message };
}

/** Looks into the database; throws what the database throws. */
export type ReadinessProbe = () => Promise<Readiness>;

/** What is known of whether data may be served. */
export interface Gate {
  /** The last finding, however old; undefined before the first. */
  readonly lastFound: Readiness | undefined;
  /** A finding of the last few seconds. */
  check(): Promise<Readiness>;
}

/**
 * Remembers the last finding for a few seconds, so that a request costs no
 * query of its own, and asks once however many are waiting.
 */
export class ReadinessGate implements Gate {
  readonly #probe: ReadinessProbe;
  readonly #maxAgeMs: number | undefined;
  readonly #deadlineMs: number;
  #last: { readonly found: Readiness; readonly at: number } | undefined;
  #asking: Promise<Readiness> | undefined;

  constructor(
    probe: ReadinessProbe,
    { maxAgeMs, deadlineMs = DEADLINE_MS }: { maxAgeMs?: number; deadlineMs?: number } = {},
  ) {
    this.#probe = probe;
    this.#maxAgeMs = maxAgeMs;
    this.#deadlineMs = deadlineMs;
  }

  get lastFound(): Readiness | undefined {
    return this.#last?.found;
  }

  check(): Promise<Readiness> {
    if (this.#last) {
      const { found, at } = this.#last;
      const maxAgeMs = this.#maxAgeMs ?? (found.ready ? READY_MS : NOT_READY_MS);
      if (performance.now() - at < maxAgeMs) return Promise.resolve(found);
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** @throws ConnectionError when the answer is not there in time, whatever becomes of the probe */
  async #ask(): Promise<Readiness> {
    let late: NodeJS.Timeout | undefined;
    // The first one loads what it works with; its statements have deadlines of their own.
    const deadlineMs = this.#last === undefined ? FIRST_DEADLINE_MS : this.#deadlineMs;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(unanswered(deadlineMs)), deadlineMs);
    });
    const probed = this.#probe();
    try {
      const found = await Promise.race([probed, tooLate]);
      this.#last = { found, at: performance.now() };
      return found;
    } finally {
      clearTimeout(late);
      probed.catch(() => undefined);
    }
  }
}

function unanswered(deadlineMs: number): ConnectionError {
  return new ConnectionError(
    'timeout',
    `The database did not say within ${deadlineMs / 1000} s whether it holds what is to be served: check the server's load and the network.`,
  );
}
