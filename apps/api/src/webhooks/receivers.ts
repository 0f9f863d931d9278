/** Deliveries under way at a time: to a receiver of which nothing is known, and to one that takes them well. */
const FIRST_WINDOW = 4;
const MAX_WINDOW = 64;
/** Failures in a row after which a receiver gets nothing for a while. */
const FAILURES = 5;
/** Milliseconds of the first such while; each further one is twice as long. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Receivers that are remembered although nothing is under way to them. */
const MAX_IDLE = 20_000;

interface Receiver {
  window: number;
  underWay: number;
  failuresInARow: number;
  /** When it may be tried again; of a receiver that is not paused, long ago. */
  pausedUntil: number;
}

/**
 * How much each tenant's receiver is given at a time. One that takes its deliveries is given more and more; one that
 * fails is given one at a time, and one that goes on failing nothing for a while: its events wait, without their
 * attempts being used up.
 */
export class Receivers {
  readonly #byTenant = new Map<number, Receiver>();

  /** How many more deliveries the tenants may be given; those that are not in here, {@link firstRoom}. */
  rooms(now: number): Map<number, number> {
    const rooms = new Map<number, number>();
    for (const [tenant, receiver] of this.#byTenant) {
      const paused = receiver.pausedUntil > now;
      rooms.set(tenant, paused ? 0 : Math.max(0, receiver.window - receiver.underWay));
    }
    return rooms;
  }

  get firstRoom(): number {
    return FIRST_WINDOW;
  }

  begin(tenant: number): void {
    const known = this.#byTenant.get(tenant);
    const receiver = known ?? { window: FIRST_WINDOW, underWay: 0, failuresInARow: 0, pausedUntil: 0 };
    receiver.underWay++;
    if (known === undefined) this.#byTenant.set(tenant, receiver);
  }

  /** Nothing was sent. */
  takeBack(tenant: number): void {
    const receiver = this.#byTenant.get(tenant);
    if (receiver !== undefined) receiver.underWay--;
  }

  end(tenant: number, ok: boolean, now: number): void {
    const receiver = this.#byTenant.get(tenant);
    if (receiver === undefined) return;
    receiver.underWay--;
    if (ok) {
      receiver.window = Math.min(receiver.window + 1, MAX_WINDOW);
      receiver.failuresInARow = 0;
      receiver.pausedUntil = 0;
    } else {
      receiver.window = 1;
      receiver.failuresInARow++;
      const pauses = receiver.failuresInARow - FAILURES;
      if (pauses >= 0) receiver.pausedUntil = now + Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
    }
    if (this.#byTenant.size > MAX_IDLE) this.#forgetIdle();
  }

  #forgetIdle(): void {
    for (const [tenant, { underWay, failuresInARow }] of this.#byTenant) {
      if (underWay === 0 && failuresInARow === 0) this.#byTenant.delete(tenant);
    }
  }
}
