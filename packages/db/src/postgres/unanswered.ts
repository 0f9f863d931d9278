/** What the server owes a connection an answer to, and for how long it has said nothing. */
export class Unanswered {
  readonly #whenOwing: () => void;
  /** Queries of callers that have not come to their end. */
  #queries = 0;
  /** What the connection asked for itself. */
  #own = 0;
  #since = 0;
  /** When anything came from the server at last (`performance.now()`). */
  heardAt = Number.NEGATIVE_INFINITY;

  /** @param whenOwing called when something is asked for while nothing else is unanswered */
  constructor(whenOwing: () => void) {
    this.#whenOwing = whenOwing;
  }

  /** A caller's query has been sent; it ends with {@link queryEnded}. */
  querySent(): void {
    this.#owe();
    this.#queries++;
  }

  queryEnded(): void {
    this.#queries--;
  }

  /** What the connection asks for itself, and no caller. */
  own<T>(answer: Promise<T>): Promise<T> {
    this.#owe();
    this.#own++;
    return answer.finally(() => this.#own--);
  }

  /** Whether a caller's query has not come to its end. */
  get holdsQueries(): boolean {
    return this.#queries > 0;
  }

  /** Whether only that is unanswered which no caller asked for: it takes no time to speak of. */
  get isOwnAlone(): boolean {
    return this.#queries === 0 && this.#own > 0;
  }

  /** Milliseconds for which the server has owed an answer, and said nothing; 0 when it owes none. */
  get forMs(): number {
    if (this.#queries + this.#own === 0) return 0;
    return performance.now() - Math.max(this.#since, this.heardAt);
  }

  #owe(): void {
    if (this.#queries + this.#own > 0) return;
    this.#since = performance.now();
    this.#whenOwing();
  }
}
