import autocannon from 'autocannon';
import { API_KEY } from './prepare.ts';
import type { Scenario } from './requests.ts';

const CONNECTIONS = 16;

/** Requests a second that a server answers. Anything but 200 makes the measurement worthless and is an error. */
export async function measure(
  url: string,
  { method, path, body }: Scenario,
  seconds: number,
): Promise<number> {
  const result = await autocannon({
    url: url + path,
    method,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${method} ${path}: ${result.non2xx} answers other than 200, ${result.errors} errors`);
  }
  return result['2xx'] / result.duration;
}
