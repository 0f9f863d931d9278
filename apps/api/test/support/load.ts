import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { invoiceBody } from './invoices.ts';

/**
 * Milliseconds that a caller rests when it has created an invoice and read it back, in the short suite: callers that never
 * rest take all processors for as long as a test lasts, and find nothing more in its few seconds.
 */
const PAUSE_MS = process.env.VATEVO_TEST_LONG === '1' ? 0 : 150;

/** What became of one request: its status, or the error's code when there was no answer. */
export interface Outcome {
  readonly status?: number;
  readonly retryAfter?: string | undefined;
  readonly failure?: string;
}

/**
 * Callers that create invoices and read them back, each over a new connection for every request, until they
 * are told to stop. (`fetch` would repeat requests of its own.)
 */
export class Load {
  readonly outcomes: Outcome[] = [];
  /** The ids of the invoices whose creation was acknowledged. */
  readonly created: number[] = [];
  readonly #url: string;
  readonly #key: string;
  readonly #callers: Promise<void>[];
  #stopping = false;

  constructor(url: string, key: string, callers: number) {
    this.#url = url;
    this.#key = key;
    this.#callers = Array.from({ length: callers }, () => this.#work());
  }

  /** The outcomes from here on. */
  mark(): () => Outcome[] {
    const start = this.outcomes.length;
    return () => this.outcomes.slice(start);
  }

  /** Resolves when every request under way has its outcome. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#callers);
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      const { status, id } = await this.#call('POST', '/invoices', JSON.stringify(invoiceBody()));
      if (status === 200 && id !== undefined) {
        this.created.push(id);
        await this.#call('GET', `/invoices/${id}`);
        if (PAUSE_MS > 0) await sleep(PAUSE_MS);
      } else {
        await sleep(20);
      }
    }
  }

  async #call(method: string, path: string, body?: string): Promise<{ status?: number; id?: number }> {
    const sent = request(this.#url + path, {
      method,
      agent: false,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
    });
    try {
      sent.end(body);
      const [response] = await once(sent, 'response');
      let text = '';
      for await (const chunk of response) text += chunk;
      this.outcomes.push({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
      return { status: response.statusCode, id: JSON.parse(text).id };
    } catch (error) {
      this.outcomes.push({ failure: String((error as NodeJS.ErrnoException).code ?? error) });
      return {};
    }
  }
}
