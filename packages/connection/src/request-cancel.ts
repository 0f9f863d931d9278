import type { Socket } from 'node:net';
import { NegotiatingConnection } from './negotiating-connection.ts';
import { isSocketFolder, type PostgresTarget } from './target.ts';

/** What the server, or a pooler, gave a session at its start. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** The parts of pg's connection (lib/connection.js) that its types leave out. */
interface CancelConnection {
  readonly stream: Socket;
  on(event: 'connect' | 'end' | 'error', listener: () => void): void;
  connect(port: number | string, host?: string): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Asks the server, over a connection of its own, to cancel what a session is running (PostgreSQL manual, 54.2.8).
 * Resolves when the server has taken the request, or did not in `timeoutMs`; it never says what came of it, and the
 * request may meet what the session runs later. Never rejects.
 */
export async function requestCancel(
  target: PostgresTarget,
  { processId, secretKey }: CancelKey,
  timeoutMs: number,
): Promise<void> {
  const connection = new NegotiatingConnection(target.ssl) as unknown as CancelConnection;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
    connection.on('end', resolve);
    connection.on('error', resolve);
    connection.on('connect', () => connection.cancel(processId, secretKey));
    if (isSocketFolder(target.host)) connection.connect(`${target.host}/.s.PGSQL.${target.port}`);
    else connection.connect(target.port, target.host);
  });
  clearTimeout(timer);
  connection.stream.destroy();
}
