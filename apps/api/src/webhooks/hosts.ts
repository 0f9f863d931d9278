/** Lets a few deliveries at a time go to each host; the others wait in the order in which they came. */
export class Hosts {
  readonly #most: number;
  readonly #waitMs: number;
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** @param waitMs after which a delivery goes all the same */
  constructor(most: number, waitMs: number) {
    this.#most = most;
    this.#waitMs = waitMs;
  }

  async inTurn<Result>(host: string, send: () => Promise<Result>): Promise<Result> {
    if ((this.#underWay.get(host) ?? 0) >= this.#most) await this.#turn(host);
    else this.#count(host, 1);
    try {
      return await send();
    } finally {
      this.#free(host);
    }
  }

  /** Resolves when a delivery that ends has left its place, or when that takes too long. */
  #turn(host: string): Promise<void> {
    const waiting = this.#waiting.get(host) ?? new Set();
    this.#waiting.set(host, waiting);
    return new Promise((resolve) => {
      const goAnyway = () => {
        waiting.delete(go);
        this.#count(host, 1);
        resolve();
      };
      const late = setTimeout(goAnyway, this.#waitMs);
      const go = () => {
        clearTimeout(late);
        waiting.delete(go);
        resolve();
      };
      waiting.add(go);
    });
  }

  #free(host: string): void {
    const waiting = this.#waiting.get(host);
    const [next] = waiting ?? [];
    if (next) next();
    else {
      this.#waiting.delete(host);
      this.#count(host, -1);
    }
  }

  #count(host: string, by: 1 | -1): void {
    const left = (this.#underWay.get(host) ?? 0) + by;
    if (left > 0) this.#underWay.set(host, left);
    else this.#underWay.delete(host);
  }
}
