/** Whether the database holds what the API is to serve. */
export type Readiness = { readonly ready: true } | NotReady;

export interface NotReady {
  readonly ready: false;
  readonly reason: NotReadyReason;
  /** One sentence for the log: what is the matter, and what to do. */
  readonly message: string;
}

export type NotReadyReason =
  | 'not prepared'
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
  readonly #maxAgeMs: number;
  #last: { readonly found: Readiness; readonly at: number } | undefined;
  #asking: Promise<Readiness> | undefined;

  constructor(probe: ReadinessProbe, { maxAgeMs = 3000 }: { maxAgeMs?: number } = {}) {
    this.#probe = probe;
    this.#maxAgeMs = maxAgeMs;
  }

  get lastFound(): Readiness | undefined {
    return this.#last?.found;
  }

  check(): Promise<Readiness> {
    if (this.#last && performance.now() - this.#last.at < this.#maxAgeMs)
      return Promise.resolve(this.#last.found);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<Readiness> {
    const found = await this.#probe();
    this.#last = { found, at: performance.now() };
    return found;
  }
}
