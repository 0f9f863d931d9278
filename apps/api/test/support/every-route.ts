import { OPERATIONS } from '../../src/openapi/operations.ts';
import type { Answer, Client } from './client.ts';
import { invoiceBody } from './invoices.ts';

/** What the parameters in a path stand for. */
export type PathValues = Readonly<Record<'invoice_id' | 'event_id' | 'tenant_id', number>>;

const BODIES: Readonly<Record<string, unknown>> = {
  'post /tenants': { name: 'Another' },
  'patch /tenants/me/webhook': { paused: false },
  'post /tenants/me/api-key': { grace_seconds: 3600 },
  'post /tenants/{tenant_id}/api-key': { grace_seconds: 3600 },
  'post /invoices': invoiceBody(),
  'post /validate': invoiceBody(),
};

/** Calls every route that needs the database, all at once; their answers by `method path`. */
export async function callEveryRoute(
  client: Client,
  key: string,
  values: PathValues,
): Promise<ReadonlyMap<string, Answer>> {
  const calls = OPERATIONS.filter(({ caller }) => caller === 'tenant' || caller === 'operator').map(
    async ({ method, path, caller }): Promise<[string, Answer]> => {
      const name = `${method} ${path}`;
      const where = path.replaceAll(/\{(\w+)\}/g, (_, parameter) =>
        String(values[parameter as keyof PathValues]),
      );
      const body = name in BODIES ? { body: BODIES[name] } : {};
      const call = { ...(caller === 'tenant' ? { key } : {}), ...body };
      return [name, await client.call(method.toUpperCase(), where, call)];
    },
  );
  return new Map(await Promise.all(calls));
}

/** The statuses of the answers, of which those of 503 say when to come back. */
export function statusesOf(answers: ReadonlyMap<string, Answer>): ReadonlyMap<string, number> {
  for (const [name, { status, headers }] of answers) {
    if (status === 503 && !(Number(headers.get('retry-after')) > 0))
      throw new Error(`${name} does not say when`);
  }
  return new Map([...answers].map(([name, { status }]) => [name, status]));
}
