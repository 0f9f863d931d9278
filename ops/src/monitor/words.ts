import { formatDuration } from '@vatevo/shell';
import type { Api, Connections } from './types.ts';

/** `3 of 100 (1 active, 2 idle)`. */
export function connectionWords(connections: Connections): string {
  const { used, max, active, idle, idleInTransaction, waitingForLock } = connections;
  const states = [`${active} active`, `${idle} idle`];
  if (idleInTransaction > 0) states.push(`${idleInTransaction} idle in transaction`);
  if (waitingForLock > 0) states.push(`${waitingForLock} waiting for a lock`);
  return `${used} of ${max} (here ${states.join(', ')})`;
}

/** `12.5 requests/s, 0.2 % errors, 8 ms`. */
export function apiWords({ requestsPerSecond, errorRate, latencyMs }: Api): string {
  const words = [`${requestsPerSecond} requests/s`];
  if (errorRate !== null) words.push(`${percent(errorRate)} errors`);
  if (latencyMs !== null) words.push(milliseconds(latencyMs));
  return words.join(', ');
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
