/** The HTTP API of a server. It signs its requests with what a sign-in gave. */
export class Api {
  /** Sent with each request. */
  readonly headers: Record<string, string> = {};
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  // biome-ignore lint/suspicious/noExplicitAny: each application has its own answers, which are compared as they are
  get(path: string): Promise<any> {
    return this.#ask('GET', path);
  }

  // biome-ignore lint/suspicious/noExplicitAny: see above
  post(path: string, body: object = {}): Promise<any> {
    return this.#ask('POST', path, body);
  }

  // biome-ignore lint/suspicious/noExplicitAny: see above
  patch(path: string, body: object): Promise<any> {
    return this.#ask('PATCH', path, body);
  }

  // biome-ignore lint/suspicious/noExplicitAny: see above
  put(path: string, body: object): Promise<any> {
    return this.#ask('PUT', path, body);
  }

  // biome-ignore lint/suspicious/noExplicitAny: see above
  async #ask(method: string, path: string, body?: object): Promise<any> {
    const isForm = body instanceof FormData;
    const answer = await fetch(this.#origin + path, {
      method,
      headers: { ...this.headers, ...(isForm ? {} : { 'Content-Type': 'application/json' }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.replace(/;.*/s, ''));
    if (cookies.length > 0) this.headers.Cookie = cookies.join('; ');
    return text === '' ? undefined : JSON.parse(text);
  }
}
