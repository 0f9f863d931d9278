import { createHmac } from 'node:crypto';
import type { Delivery } from '@vatevo/db';

/** What goes over the wire: Standard Webhooks (https://www.standardwebhooks.com), version 1 signatures. */
export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SECRET_PREFIX = 'whsec_';

/**
 * The signed message for an event; a tenant that never had a secret gets it unsigned, as from the replaced service.
 */
export function messageOf({ eventId, eventType, payload, createdAt, secret }: Delivery, now: Date): Message {
  const id = messageId(eventId, createdAt);
  const seconds = Math.floor(now.getTime() / 1000);
  // The payload as it is stored: parsing it would round its numbers.
  const body = `{"type":${JSON.stringify(eventType)},"timestamp":"${createdAt}","data":${payload}}`;
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Vatevo-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      ...(secret && { 'webhook-signature': signatureOf(secret, id, seconds, body) }),
    },
  };
}

/**
 * The same at every attempt, so that a receiver can tell a repetition, and never that of another event: a number may be
 * given out twice when a standby takes over that was behind, but not in the same microsecond.
 */
function messageId(eventId: number, createdAt: string): string {
  // 2026-11-28T10:15:30.123456Z: Date would round it.
  return `evt_${eventId}_${createdAt.replace(/\D/g, '')}`;
}

/** Secrets of the replaced service are plain text; ours are base64 behind a prefix, as the standard has them. */
function keyOf(secret: string): Buffer {
  if (secret.startsWith(SECRET_PREFIX)) {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    if (key.length > 0) return key;
  }
  return Buffer.from(secret, 'utf8');
}

/** Version 1 of the standard: HMAC-SHA256 of id, time and body. By Node's own, which takes a tenth of the time. */
function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
