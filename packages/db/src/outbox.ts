import type { TimestampText } from './exact/types.ts';

/** An event that is to be delivered to its tenant's webhook now. */
export interface Delivery {
  readonly tenantId: number;
  readonly eventId: number;
  readonly eventType: string;
  /** JSON text, its numbers as they were written. */
  readonly payload: string;
  readonly createdAt: TimestampText;
  /** Counts from 1; this one is counted already. */
  readonly attempt: number;
  readonly url: string;
  readonly secret: string | null;
}

/** Where a tenant's events go, and what they are signed with. */
export type Destination = Pick<Delivery, 'url' | 'secret'>;

export interface ClaimOptions {
  readonly most: number;
  /** Seconds after which the deliveries are due again unless they were settled: longer than one can take. */
  readonly leaseSeconds: number;
  /** Deliveries of an event before it is given up. */
  readonly maxAttempts: number;
  /** How many of one tenant; `most` when omitted. */
  readonly perTenant?: number | undefined;
  /** The same for some tenants by their ids; none of a tenant with 0. */
  readonly rooms?: ReadonlyMap<number, number> | undefined;
  /** Tenants come in the order of their ids, from the one behind this one on: the last one that was served. */
  readonly after?: number | undefined;
}

/** What became of a delivery. */
export interface Outcome {
  readonly tenantId: number;
  readonly eventId: number;
  /**
   * Which attempt it was. When the tenant has had the event sent again since, so that its attempts are counted anew, nothing
   * is changed: it is due. Left out, the outcome counts whatever has happened since.
   */
  readonly attempt?: number | undefined;
  readonly delivered: boolean;
  /** When an event that was not delivered is due again; null gives it up. */
  readonly next: TimestampText | null;
}

/** An event's place among all: tenant by tenant, and by id. */
export interface EventPlace {
  readonly tenantId: number;
  readonly eventId: number;
}

/** Where to begin. */
export const BEFORE_ALL: EventPlace = { tenantId: Number.MIN_SAFE_INTEGER, eventId: 0 };

export interface ForgetOptions {
  /** What is as young as this stays. */
  readonly before: TimestampText;
  /** How many rows to delete or to look at, at the most; at least 2. */
  readonly most: number;
}

/** The webhook events still to be delivered, for any number of processes that deliver them. */
export interface Outbox {
  /** Takes deliveries that are due, each for one caller only, and counts them as attempts. What nobody wants is put to rest. */
  claim(options: ClaimOptions): Promise<Delivery[]>;
  /**
   * Where a delivery goes by now. The tenant may have changed it since the claim: undefined when the tenant has paused, or
   * wants no events any more, and when the event does not wait any more.
   */
  destination(delivery: EventPlace): Promise<Destination | undefined>;
  /** Takes back deliveries that nothing was sent of: they are due, and the attempt is not counted. */
  giveBack(deliveries: readonly Pick<Delivery, 'tenantId' | 'eventId' | 'attempt'>[]): Promise<void>;
  /** Says what became of deliveries. */
  settle(outcomes: readonly Outcome[]): Promise<void>;
  /** Deletes the oldest answers that were kept for repeated requests; tells how many, fewer than `most` when none is left. */
  forgetAnswers(options: ForgetOptions): Promise<number>;
  /**
   * Deletes events that were made and delivered before; those that were given up stay. Goes on behind a place, and tells
   * where to go on: undefined when it has come round.
   */
  forgetDelivered(options: ForgetOptions & { readonly after?: EventPlace | undefined }): Promise<Forgotten>;
}

export interface Forgotten {
  readonly deleted: number;
  readonly next: EventPlace | undefined;
}
