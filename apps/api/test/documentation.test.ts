import { readdirSync, readlinkSync } from 'node:fs';
import type { Express } from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.ts';
import { OPERATIONS } from '../src/openapi/operations.ts';
import { engines } from './support/engines.ts';
import { askWithoutReading } from './support/unread.ts';

const [engine] = engines;
if (!engine) throw new Error('There is no engine.');

/** Method and path of every route of an app, as Express keeps them. */
function routesOf({ router }: Express): string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
    readonly handle?: { readonly stack?: readonly Layer[] };
  }
  const walk = (layers: readonly Layer[]): string[] =>
    layers.flatMap(({ route, handle }) => {
      if (!route) return walk(handle?.stack ?? []);
      const methods = Object.keys(route.methods).filter((method) => method !== '_all');
      return methods.map((method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
  return walk((router as unknown as { stack: Layer[] }).stack);
}

describe('the description of the API', () => {
  const api = engine.startApi();

  it('is OpenAPI 3.1 and names every call that there is, and no other', async () => {
    const { status, body } = await api.client.get('/openapi.json');
    expect([status, body.openapi]).toEqual([200, '3.1.1']);
    const described = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    const app = createApp({ db: api.db, config: api.config, log: api.rawLog });
    const isDescription = (route: string) => /^get \/(openapi\.json|docs(\/.*)?)$/.test(route);
    expect(
      routesOf(app)
        .filter((route) => !isDescription(route))
        .sort(),
    ).toEqual(described.sort());
  });

  it('says what a request must look like', async () => {
    const { body } = await api.client.get('/openapi.json');
    const { properties, required } =
      body.paths['/invoices'].post.requestBody.content['application/json'].schema;
    expect(required).toEqual(
      expect.arrayContaining(['external_id', 'country_code', 'invoice_number', 'supplier', 'customer']),
    );
    expect(required).not.toContain('currency');
    expect(properties.line_items.items.properties.unit_price.pattern).toBe('^-?\\d{1,15}(\\.\\d{1,4})?$');
    expect(body.paths['/invoices'].get.parameters[1]).toMatchObject({
      name: 'limit',
      in: 'query',
      schema: { type: 'integer', minimum: 0, maximum: 1000 },
    });
  });

  it('is a page for people, which loads nothing from elsewhere', async () => {
    const page = await api.client.get('/docs');
    expect(page.headers.get('content-type')).toContain('text/html');
    const loaded = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
    expect(loaded).toHaveLength(3);
    for (const url of loaded) {
      expect(url).toMatch(/^\/docs\//);
      expect((await api.client.get(url)).status).toBe(200);
    }
  });

  it.runIf(process.platform === 'linux')(
    'opens no file for a client that asks again and again and does not read',
    async () => {
      const files = () =>
        readdirSync('/proc/self/fd').filter((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`).includes('swagger-ui');
          } catch {
            return false;
          }
        });
      await askWithoutReading(api, '/docs/swagger-ui-bundle.js');
      expect(files()).toEqual([]);
    },
  );
});
