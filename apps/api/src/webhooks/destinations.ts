import type { DbClient, Delivery, Destination } from '@vatevo/db';

/** Milliseconds for which a delivery may begin by what was read of its tenant's webhook. */
const FRESH_MS = 1_500;
/** Tenants of which it is remembered where their events go. */
const MAX_KNOWN = 20_000;

/**
 * Milliseconds behind a change of a webhook until nothing begins any more by what was before, in any process: then the
 * change may be answered for.
 */
export const CHANGED_MS = FRESH_MS + 250;

interface Known {
  readonly destination: Destination;
  /** No later than the database has said so. */
  readonly asOf: number;
}

/**
 * Where the tenants' events go. Claimed events may wait: for others to the same host, for a name, for a connection. So
 * what counts is asked for again, unless it was just read. No process has to be told of a change: none goes by what is
 * older than {@link FRESH_MS}.
 */
export class Destinations {
  readonly #db: DbClient;
  readonly #known = new Map<number, Known>();

  constructor(db: DbClient) {
    this.#db = db;
  }

  /** @param asOf a time before these were asked for */
  claimed(deliveries: readonly Delivery[], asOf: number): void {
    for (const { tenantId, url, secret } of deliveries) this.#note(tenantId, { url, secret }, asOf);
  }

  /** Undefined when the event is not to be delivered, or not now. */
  async of(delivery: Delivery): Promise<Destination | undefined> {
    const known = this.#fresh(delivery.tenantId);
    if (known) return known;
    const asOf = performance.now();
    const destination = await this.#db.outbox.destination(delivery);
    if (destination) this.#note(delivery.tenantId, destination, asOf);
    return destination;
  }

  /** Whether something may begin to go there at this moment. */
  isFresh(tenantId: number, { url, secret }: Destination): boolean {
    const known = this.#fresh(tenantId);
    return known !== undefined && known.url === url && known.secret === secret;
  }

  #fresh(tenantId: number): Destination | undefined {
    const known = this.#known.get(tenantId);
    return known && performance.now() < known.asOf + FRESH_MS ? known.destination : undefined;
  }

  #note(tenantId: number, destination: Destination, asOf: number): void {
    const known = this.#known.get(tenantId);
    if (known && known.asOf > asOf) return;
    this.#known.delete(tenantId);
    this.#known.set(tenantId, { destination, asOf });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}
