import type { Socket } from 'node:net';
import { NegotiatingConnection } from './negotiating-connection.ts';
import type { PostgresTarget } from './target.ts';

/** What the server, or a pooler, gave a session at its start. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** The parts of pg's connection (lib/connection.js) that its types leave out. */
interface CancelConnection {
  readonly stream: Socket;
  on(event: 'connect' | 'end' | 'error', listener: () => void): void;
  connect(): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Asks the server, over a connection of its own, to cancel what a session is running (PostgreSQL manual, 54.2.8).
 * Resolves when the server has taken the request, or did not in `timeoutMs`; it never says what came of it, and the
 * request may meet what the session runs later. Never rejects.
 *
 * @param target whose first host is the one that the session is on
 */
export async function requestCancel(
  target: PostgresTarget,
  { processId, secretKey }: CancelKey,
  timeoutMs: number,
): Promise<void> {
  const at = target.with({ host: target.host, sessionAttributes: 'any' });
  const connection = new NegotiatingConnection(at, timeoutMs) as unknown as CancelConnection;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
    connection.on('end', resolve);
    connection.on('error', resolve);
    connection.on('connect', () => connection.cancel(processId, secretKey));
    connection.connect();
  });
  clearTimeout(timer);
  connection.stream.destroy();
}
