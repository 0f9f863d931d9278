import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { invoiceBody } from './invoices.ts';

/** Milliseconds between two requests of one writer. */
const PAUSE_MS = 20;

/** What became of one request. */
export interface Told {
  /** Undefined when there was no answer; `failure` is the error's code then. */
  readonly status?: number | undefined;
  readonly failure?: string;
  readonly retryAfter?: string | undefined;
  /** When it ended (`performance.now()`), and how many milliseconds it took. */
  readonly at: number;
  readonly ms: number;
}

/**
 * Writers that create invoices, each under an external id and an `Idempotency-Key` of its own, and repeat a request until it is
 * acknowledged: what they remember is what has to be stored, once each, and nothing else.
 */
export class SureWriters {
  readonly told: Told[] = [];
  /** External ids of invoices whose creation was acknowledged. */
  readonly acknowledged: string[] = [];
  readonly #url: string;
  readonly #key: string;
  readonly #writers: Promise<void>[];
  #stopping = false;

  constructor(url: string, key: string, writers: number) {
    this.#url = url;
    this.#key = key;
    this.#writers = Array.from({ length: writers }, (_, writer) => this.#work(writer));
  }

  /** What they were told from here on. */
  mark(): () => Told[] {
    const start = this.told.length;
    return () => this.told.slice(start);
  }

  /** Resolves when all that was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#writers);
  }

  async #work(writer: number): Promise<void> {
    for (let turn = 0; !this.#stopping; turn++) {
      const name = `${writer}-${turn}`;
      while ((await this.#create(name)) !== 200) await sleep(PAUSE_MS);
      this.acknowledged.push(name);
      await sleep(PAUSE_MS);
    }
  }

  async #create(name: string): Promise<number | undefined> {
    const start = performance.now();
    const end = () => ({ at: performance.now(), ms: performance.now() - start });
    const sent = request(`${this.#url}/invoices`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${this.#key}`,
        'content-type': 'application/json',
        'idempotency-key': name,
      },
    });
    try {
      sent.end(JSON.stringify(invoiceBody({ external_id: name })));
      const [response] = await once(sent, 'response');
      response.resume();
      await once(response, 'end');
      const { statusCode: status, headers } = response;
      this.told.push({ status, retryAfter: headers['retry-after'], ...end() });
      return status;
    } catch (error) {
      this.told.push({ failure: String((error as NodeJS.ErrnoException).code ?? error), ...end() });
      return undefined;
    }
  }
}
