/** What an HTTP call came back with. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The longest wait for one answer, in milliseconds; `/health/db` answers within 5 s whatever happens. */
const REQUEST_TIMEOUT = 10_000;

export async function askHealth(url: string): Promise<Answer> {
  return get(`${url}/health/db`, {});
}

export async function askInvoice(url: string, id: bigint, apiKey: string): Promise<Answer> {
  return get(`${url}/invoices/${id}`, { authorization: `Bearer ${apiKey}` });
}

async function get(url: string, headers: Record<string, string>): Promise<Answer> {
  // One connection a call: none is left open for the API to wait for when it is stopped.
  const response = await fetch(url, {
    headers: { ...headers, connection: 'close' },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  });
  return { status: response.status, body: await response.text() };
}
