import { holdAgainstDescription } from './described.ts';

/** An answer with its body read: JSON when it says so, text otherwise. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the body holds is what the tests are to find out.
  readonly body: any;
}

export interface Call {
  /** Sent as `Authorization: Bearer …`. */
  readonly key?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with the content type `type` (JSON unless told otherwise). */
  readonly raw?: string | Uint8Array;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

/** Calls a running API over HTTP, and holds every answer against the API's own description. */
export class Client {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, call: Call = {}): Promise<Answer> {
    return this.call('GET', path, call);
  }

  post(path: string, call: Call = {}): Promise<Answer> {
    return this.call('POST', path, call);
  }

  async call(
    method: string,
    path: string,
    { key, body, raw, type, headers = {} }: Call = {},
  ): Promise<Answer> {
    const sent: Record<string, string> = { ...headers };
    if (key !== undefined) sent.Authorization = `Bearer ${key}`;
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    if (payload !== undefined) sent['Content-Type'] = type ?? 'application/json';
    const response = await fetch(this.#url + path, {
      method,
      headers: sent,
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const received = response.headers.get('content-type') ?? '';
    const answer = {
      status: response.status,
      headers: response.headers,
      body: received.startsWith('application/json') ? JSON.parse(text) : text,
    };
    holdAgainstDescription(method, path, { ...answer, type: received });
    return answer;
  }

  /** Creates a tenant and returns its key. */
  async newTenant(name = 'A tenant'): Promise<string> {
    const { status, body } = await this.post('/tenants', { body: { name } });
    if (status !== 200) throw new Error(`POST /tenants answered ${status}: ${JSON.stringify(body)}`);
    return body.api_key;
  }
}
