import type { Run } from '@vatevo/mover';
import { CommandError, ExitCode } from '@vatevo/shell';
import { parseSamples, type Samples, sum } from './samples.ts';
import type { Api, Unread } from './types.ts';

const TIMEOUT_MS = 5000;

const REQUESTS = 'http_server_request_duration_seconds';

/** Reads the API's metrics again and again, and works out what happened in between. */
export class MetricsReader {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;
  #before: { readonly at: number; readonly samples: Samples } | undefined;

  /** @throws CommandError with exit code 2 when the URL is none that can be read */
  constructor(url: string, { env, signal, protect }: Run) {
    this.#url = readUrl(url);
    this.#signal = signal;
    const token = env.VATEVO_METRICS_TOKEN;
    protect(token);
    this.#headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** The first time, rates are of the process's whole life. */
  async read(): Promise<Api | Unread> {
    const unread = (reason: string, message: string): Unread => ({ ok: false, reason, message });
    const where = `${this.#url.host}${this.#url.pathname}`;
    let samples: Samples;
    try {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(this.#url, { headers: this.#headers, signal, redirect: 'error' });
      const text = await response.text();
      if (response.status === 401 || response.status === 403)
        return unread('token', `The API at ${where} wants another VATEVO_METRICS_TOKEN.`);
      if (!response.ok) return unread('status', `The API at ${where} answered ${response.status}.`);
      samples = parseSamples(text);
    } catch (error) {
      this.#signal.throwIfAborted();
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      return timedOut
        ? unread('timeout', `The API at ${where} did not answer within ${TIMEOUT_MS / 1000} s.`)
        : unread('refused', `No API answers at ${where}: check that it runs, and --metrics-url.`);
    }
    if (!samples.has('db_client_connection_max'))
      return unread('other', `What answers at ${where} are not the metrics of this API.`);
    const before = this.#before;
    this.#before = { at: performance.now(), samples };
    return summarise(samples, before);
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw new CommandError(ExitCode.usage, '--metrics-url is not a URL that can be read.', {
    remedy: ['Give it as http://HOST:PORT/metrics; the token goes into VATEVO_METRICS_TOKEN.'],
  });
}

/** @param before an earlier scrape, from which rates are counted; without it they are of the process's whole life */
export function summarise(samples: Samples, before?: { at: number; samples: Samples }): Api {
  const uptimeSeconds = Date.now() / 1000 - sum(samples, 'process_start_time_seconds');
  // A process that was started anew in between counts from the beginning.
  const same =
    before &&
    sum(before.samples, 'process_start_time_seconds') === sum(samples, 'process_start_time_seconds');
  const seconds = same ? (performance.now() - before.at) / 1000 : uptimeSeconds;
  const since = (metric: string, fits?: Parameters<typeof sum>[2]) =>
    sum(samples, metric, fits) - (same ? sum(before.samples, metric, fits) : 0);
  const requests = since(`${REQUESTS}_count`);
  const errors = since(`${REQUESTS}_count`, (labels) => /^5/.test(labels.http_response_status_code ?? ''));
  const state = (wanted: string) =>
    sum(samples, 'db_client_connection_count', (labels) => labels.db_client_connection_state === wanted);
  return {
    ok: true,
    requestsPerSecond: round(requests / Math.max(seconds, 0.001)),
    errorRate: requests > 0 ? errors / requests : null,
    latencyMs: requests > 0 ? round((since(`${REQUESTS}_sum`) / requests) * 1000) : null,
    databaseUp: sum(samples, 'vatevo_database_up') === 1,
    pool: {
      used: state('used'),
      idle: state('idle'),
      max: sum(samples, 'db_client_connection_max'),
      waiting: sum(samples, 'db_client_connection_pending_requests'),
      exhaustedSeconds: round(sum(samples, 'vatevo_db_pool_exhausted_seconds')),
    },
    slowQueries: sum(samples, 'vatevo_db_slow_queries_total'),
    connectionFailures: Object.fromEntries(
      (samples.get('vatevo_db_connection_failures_total') ?? [])
        .filter(({ value }) => value > 0)
        .map(({ labels, value }) => [labels.reason ?? 'unknown', value]),
    ),
  };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
