import { describeTarget, type PostgresTarget } from '@vatevo/connection';
import { evaluate } from './evaluate.ts';
import type { Api, Server, Snapshot, Unread } from './types.ts';
import { apiWords, connectionWords, milliseconds, percent } from './words.ts';

/** The page that a terminal shows. */
export function page(snapshot: Snapshot, target: PostgresTarget, slowMs: number): string[] {
  const { problems } = evaluate(snapshot);
  return [
    `${describeTarget(target)}   ${snapshot.at.toISOString()}   Ctrl-C ends`,
    '',
    `health       ${problems.length === 0 ? 'ok' : problems.join(' ')}`,
    ...serverLines(snapshot.server, slowMs),
    ...apiLines(snapshot.api),
  ];
}

function serverLines(server: Server | Unread, slowMs: number): string[] {
  if (!server.ok) return [];
  const { connections, state, running, statements } = server;
  const oldest = connections.oldestTransactionSeconds;
  return [
    `latency      ${milliseconds(server.latencyMs)}`,
    `connections  ${connectionWords(connections)}`,
    `             ${counts(connections.byApplication)}`,
    `transaction  ${oldest === null ? 'none open' : `the oldest is ${milliseconds(oldest * 1000)} old`}`,
    `migrations   ${state.migrations ? counts({ ...state.migrations }) : 'not readable for this role'}`,
    `transfers    ${state.transfers ? counts(state.transfers) || 'none' : 'not readable for this role'}`,
    `cutover      ${state.cutover ?? 'none'}`,
    `ids used     ${state.identities.map(({ table, highest, limit }) => `${table} ${percent(highest / limit)}`).join(', ')}`,
    '',
    `queries at work for ${slowMs} ms or longer: ${running.length === 0 ? 'none' : ''}`,
    ...running.map(
      ({ ms, pid, waitsFor, statement }) =>
        `  ${milliseconds(ms)}  pid ${pid}  ${waitsFor ? `waits for ${waitsFor}  ` : ''}${statement}`,
    ),
    `slowest statements (pg_stat_statements): ${statements === null ? 'not to be read here' : ''}`,
    ...(statements ?? []).map(
      ({ meanMs, maxMs, calls, statement }) =>
        `  mean ${milliseconds(meanMs)}  max ${milliseconds(maxMs)}  calls ${calls}  ${statement}`,
    ),
  ];
}

function apiLines(api: Api | Unread | null): string[] {
  if (!api?.ok) return [];
  const { pool, slowQueries, connectionFailures } = api;
  return [
    '',
    `API          ${apiWords(api)}`,
    `pool         ${pool.used} in use, ${pool.idle} idle, ${pool.max} at most, ${pool.waiting} callers waiting`,
    `since start  ${slowQueries} slow queries; connection failures: ${counts(connectionFailures) || 'none'}`,
  ];
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
