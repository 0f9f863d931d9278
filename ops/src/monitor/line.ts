import { evaluate } from './evaluate.ts';
import type { Snapshot } from './types.ts';
import { apiWords, connectionWords, milliseconds } from './words.ts';

/** One look in one line, for logs and pipes. */
export function summaryLine(snapshot: Snapshot): string {
  const { server, api, at } = snapshot;
  const { problems } = evaluate(snapshot);
  const parts = [problems.length === 0 ? 'ok' : `NOT OK: ${problems.join(' ')}`];
  if (server.ok) {
    parts.push(milliseconds(server.latencyMs), `connections ${connectionWords(server.connections)}`);
    parts.push(`${server.running.length} slow queries at work`);
  }
  if (api?.ok) parts.push(`API ${apiWords(api)}`);
  return `${at.toISOString()} ${parts.join(' | ')}`;
}
