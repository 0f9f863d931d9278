import type { Client } from 'pg';

/** Round trips of the smallest query, in milliseconds. */
export interface Latency {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly samples: number;
}

const SAMPLES = 9;

/** Times a few round trips on the open connection. The first, which warms things up, does not count. */
export async function measureLatency(client: Client): Promise<Latency> {
  const times: number[] = [];
  for (let sample = 0; sample <= SAMPLES; sample++) {
    const started = performance.now();
    await client.query('SELECT 1');
    if (sample > 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (index: number) => Number((times[index] ?? 0).toFixed(2));
  return { medianMs: at(SAMPLES >> 1), minMs: at(0), maxMs: at(SAMPLES - 1), samples: SAMPLES };
}
