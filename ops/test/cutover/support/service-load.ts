import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that was not answered as it should be, or not at all. */
export interface Failed {
  readonly what: string;
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly said: string;
}

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** How many ask at a time, and how often. */
export interface Callers {
  readonly writers: number;
  readonly readers: number;
  /** Milliseconds between two requests of one caller: what is looked for is order, not speed. */
  readonly pauseMs?: number;
}

/**
 * Callers of the API that create invoices and read acknowledged ones back, and keep a journal of it. Nothing is
 * sent twice: each failure is one that a client would see.
 */
export class ServiceLoad {
  /** What was acknowledged: invoice number by id. */
  readonly journal = new Map<number, string>();
  readonly failedReads: Failed[] = [];
  readonly failedWrites: Failed[] = [];
  readonly reusedIds: number[] = [];
  reads = 0;
  readonly #url: string;
  readonly #key: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #callers: Promise<void>[];
  readonly #pauseMs: number;
  #numbers = 0;
  #stopping = false;

  constructor(url: string, key: string, { writers, readers, pauseMs = 10 }: Callers) {
    this.#url = url;
    this.#key = key;
    this.#pauseMs = pauseMs;
    const many = (count: number, work: () => Promise<void>) =>
      Array.from({ length: count }, () => this.#repeat(work));
    this.#callers = [
      ...many(writers, () => this.#write()),
      ...many(readers, () => this.#readOne()),
      ...many(readers, () => this.#list()),
    ];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#callers);
    this.#agent.destroy();
  }

  /** What the API holds now: invoice number by id. */
  async stored(): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for (let after = 0; ; ) {
      const { text } = await this.#call('GET', `/invoices?limit=100&after=${after}`);
      const page = JSON.parse(text) as { id: number; invoice_number: string }[];
      for (const { id, invoice_number } of page) found.set(id, invoice_number);
      const last = page.at(-1);
      if (last === undefined) return found;
      after = last.id;
    }
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      await work();
      await sleep(this.#pauseMs);
    }
  }

  async #write(): Promise<void> {
    this.#numbers += 1;
    const number = `N-${this.#numbers}`;
    const answer = await this.#call('POST', '/invoices', invoice(number));
    if (answer.status !== 200) {
      this.failedWrites.push(failed(`POST ${number}`, answer));
      return;
    }
    const { id } = JSON.parse(answer.text);
    if (this.journal.has(id)) this.reusedIds.push(id);
    this.journal.set(id, number);
  }

  async #readOne(): Promise<void> {
    const ids = [...this.journal.keys()];
    // The newest ones, which a hand-over would lose first, as often as any other.
    const id = ids[Math.max(0, ids.length - 1 - Math.floor(Math.random() ** 2 * ids.length))];
    if (id === undefined) return;
    const number = this.journal.get(id);
    const answer = await this.#call('GET', `/invoices/${id}`);
    this.reads += 1;
    if (answer.status !== 200 || JSON.parse(answer.text).invoice_number !== number)
      this.failedReads.push(failed(`GET ${id}`, answer));
  }

  async #list(): Promise<void> {
    const answer = await this.#call('GET', '/invoices?limit=5');
    this.reads += 1;
    if (answer.status !== 200) this.failedReads.push(failed('GET list', answer));
  }

  async #call(method: string, path: string, body?: string): Promise<Answer> {
    const sent = request(this.#url + path, {
      method,
      agent: this.#agent,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
    });
    try {
      sent.end(body);
      const [response] = await once(sent, 'response');
      let text = '';
      for await (const chunk of response) text += chunk;
      return { status: response.statusCode, retryAfter: response.headers['retry-after'], text };
    } catch (error) {
      return { status: undefined, retryAfter: undefined, text: String(error) };
    }
  }
}

function failed(what: string, { status, retryAfter, text }: Answer): Failed {
  return { what, status, retryAfter, said: text.slice(0, 200) };
}

function invoice(number: string): string {
  const party = { name: 'A', vat_id: 'DE1', address: 'B', city: 'C', postal_code: '1', country: 'DE' };
  return JSON.stringify({
    external_id: number,
    country_code: 'DE',
    invoice_number: number,
    issue_date: '2025-01-15T00:00:00.123456',
    currency: 'EUR',
    supplier: party,
    customer: party,
    line_items: [
      {
        description: 'x',
        quantity: 1,
        unit_price: '1.00',
        tax_rate: 19,
        tax_amount: '0.190',
        line_total: '1.00',
      },
    ],
  });
}
