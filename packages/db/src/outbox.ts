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

export interface ClaimOptions {
  readonly most: number;
  /** Seconds after which the deliveries are due again unless they were settled: longer than one can take. */
  readonly leaseSeconds: number;
  /** Deliveries of an event before it is given up. */
  readonly mostAttempts: number;
}

/** The webhook events still to be delivered, for any number of processes that deliver them. */
export interface Outbox {
  /** Takes deliveries that are due, each for one caller only, and counts them as attempts. */
  claim(options: ClaimOptions): Promise<Delivery[]>;
  /** Marks an event as delivered. */
  delivered(delivery: Pick<Delivery, 'tenantId' | 'eventId'>): Promise<void>;
  /** Says when an event is due again; null gives it up. */
  postpone(delivery: Pick<Delivery, 'tenantId' | 'eventId'>, until: TimestampText | null): Promise<void>;
  /** Forgets the answers kept for repeated requests that came before. */
  forgetAnswers(before: TimestampText): Promise<void>;
}
