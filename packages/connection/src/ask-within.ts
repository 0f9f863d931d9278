import { createClient, type PgClient } from './client.ts';
import { type ConnectionFailure, toConnectionError } from './connection-error.ts';
import { leave } from './leave.ts';
import type { PostgresTarget } from './target.ts';
import { within } from './within.ts';

/** What came of asking: an answer, or the reason why there is none. */
export type Asked<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly latencyMs: number }
  | {
      readonly ok: false;
      readonly reason: ConnectionFailure;
      /** One sentence, without a secret; it names host and user. */
      readonly message: string;
    };

/**
 * Connects, asks, and leaves, all within `timeoutMs`; nothing of it stays behind whatever the server does.
 * Never throws.
 *
 * @param applicationName undefined: that of the target's other connections. A pooler such as PgBouncer hands a session that
 *   had another name out with a `SET` in front, and where the server is frozen it does not notice that whoever asked has left:
 *   the session stays taken for as long as the server is frozen.
 */
export async function askWithin<Answer>(
  target: PostgresTarget,
  timeoutMs: number,
  applicationName: string | undefined,
  ask: (client: PgClient) => Promise<Answer>,
): Promise<Asked<Answer>> {
  const start = performance.now();
  let client: PgClient | undefined;
  try {
    const opened = createClient(target, { timeoutMs, applicationName });
    client = opened;
    client.on('error', () => undefined);
    // A server can take the connection and then never answer.
    const answer = await within(
      timeoutMs,
      opened.connect().then(() => ask(opened)),
    );
    return { ok: true, answer, latencyMs: performance.now() - start };
  } catch (error) {
    const { reason, message } = toConnectionError(error, target);
    return { ok: false, reason, message };
  } finally {
    if (client) leave(client);
  }
}
