import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody, lineItem } from '../support/invoices.ts';

describe.each(engines)('limits of a request on $name', (engine) => {
  const api = engine.startApi();
  let key: string;

  beforeAll(async () => {
    key = await api.client.newTenant();
  });

  const problem = async (path: string, body: unknown, headers = {}) => {
    const { status, body: answer } = await api.client.post(path, { key, body, headers });
    return status === 200
      ? status
      : answer.detail.map(({ loc, type }: { loc: string[]; type: string }) => [loc.join('.'), type]);
  };
  const lines = (count: number, line = lineItem()) => ({ line_items: Array(count).fill(line) });
  const party = (changes: object) => ({ ...(invoiceBody().customer as object), ...changes });

  it.each([
    ['external_id', { external_id: 'x'.repeat(256) }, 'body.external_id', 'string_too_long'],
    ['invoice_number', { invoice_number: 'x'.repeat(101) }, 'body.invoice_number', 'string_too_long'],
    ['a name', { customer: party({ name: 'x'.repeat(1001) }) }, 'body.customer.name', 'string_too_long'],
    ['a note', { note: 'x'.repeat(10_001) }, 'body.note', 'string_too_long'],
    ['lines', lines(1001), 'body.line_items', 'too_long'],
    ['allowances', { allowances: Array(501).fill({}) }, 'body.allowances', 'too_long'],
    [
      'allowances of lines together',
      lines(400, lineItem({ allowances: Array(5).fill({ amount: '1' }) })),
      'body',
      'too_long',
    ],
    [
      'a large number',
      lines(1, lineItem({ quantity: 1e15 })),
      'body.line_items.0.quantity',
      'decimal_whole_digits',
    ],
    [
      'a small number',
      lines(1, lineItem({ quantity: 1e-16 })),
      'body.line_items.0.quantity',
      'decimal_max_places',
    ],
  ])('are told of before anything else: %s', async (_name, changes, loc, type) => {
    expect(await problem('/invoices', { ...invoiceBody(), country_code: 'XX', ...changes })).toEqual([
      [loc, type],
    ]);
  });

  it('let everything pass that is just within them', async () => {
    const body = invoiceBody({
      external_id: '🚀'.repeat(255),
      invoice_number: 'ä'.repeat(100),
      note: 'x'.repeat(10_000),
      customer: party({ name: 'x'.repeat(1000) }),
      ...lines(1000, lineItem({ quantity: 999_999_999_999_999, allowances: [{ amount: '1' }] })),
    });
    const { status, body: answer } = await api.client.post('/invoices', { key, body });
    expect([status, answer.external_id]).toEqual([200, body.external_id]);
    expect(await problem('/validate', body)).toBe(200);
  });

  it('leave fields alone that nobody reads', async () => {
    const unknown = { text: 'x'.repeat(20_000), list: Array(3000).fill(1), number: 1e300 };
    expect(await problem('/invoices', invoiceBody({ unknown }))).toBe(200);
  });

  it('hold for the depth of JSON, with and without an Idempotency-Key', async () => {
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
    for (const headers of [{}, { 'Idempotency-Key': 'deep' }] as Record<string, string>[]) {
      expect(await problem('/invoices', invoiceBody({ unknown: nested(63) }), headers)).toBe(200);
      for (const depth of [64, 5000]) {
        const { status, body } = await api.client.post('/invoices', {
          key,
          headers,
          raw: JSON.stringify(invoiceBody({ unknown: '@@' })).replace(
            '"@@"',
            '['.repeat(depth) + ']'.repeat(depth),
          ),
        });
        expect([status, body.detail[0].type]).toEqual([422, 'json_invalid']);
      }
    }
  });

  it('count the brackets of JSON and not those of its texts', async () => {
    const unknown = `${'['.repeat(200)}\\"${'{'.repeat(200)}\\`;
    expect(await problem('/invoices', invoiceBody({ unknown }))).toBe(200);
  });

  it('hold for a tenant', async () => {
    const { body } = await api.client.post('/tenants', {
      body: { name: 'x'.repeat(256), webhook_url: `http://x/${'x'.repeat(500)}` },
    });
    expect(body.detail.map(({ loc }: { loc: string[] }) => loc.join('.'))).toEqual([
      'body.name',
      'body.webhook_url',
    ]);
  });

  it('hold for a page: what is large takes more pages, each naming the next', async () => {
    const reader = await api.client.newTenant();
    const { body: me } = await api.client.get('/tenants/me', { key: reader });
    for (let i = 0; i < 9; i++)
      await api.client.post('/invoices', { key: reader, body: invoiceBody({ external_id: `${i}` }) });
    // As the replaced service may have left them: it never looked at a length.
    await api.db.invoice.updateMany({
      where: { tenantId: me.id },
      data: { errorMessage: 'ä'.repeat(700_000) },
    });
    const seen: string[] = [];
    let path: string | undefined = '/invoices?limit=5&status=validated';
    for (let pages = 0; path !== undefined; pages++) {
      const { body, headers } = await api.client.get(path, { key: reader });
      expect(body.length).toBeLessThanOrEqual(4);
      expect(pages).toBeLessThan(4);
      seen.push(...body.map(({ external_id }: { external_id: string }) => external_id));
      path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('name a next page only where there is one', async () => {
    const reader = await api.client.newTenant();
    for (let i = 0; i < 2; i++) await api.client.post('/invoices', { key: reader, body: invoiceBody() });
    const link = async (query: string) =>
      (await api.client.get(`/invoices${query}`, { key: reader })).headers.get('link');
    expect(await link('?limit=1')).toMatch(/^<\/invoices\?limit=1&after=\d+>; rel="next"$/);
    expect([
      await link('?limit=2'),
      await link('?limit=0'),
      await link('?skip=1&limit=1'),
      await link(''),
    ]).toEqual([null, null, null, null]);
  });

  it('are no limits for what is stored: a long text of the replaced service can be retried', async () => {
    const owner = await api.client.newTenant();
    const { body: me } = await api.client.get('/tenants/me', { key: owner });
    const { body: invoice } = await api.client.post('/invoices', { key: owner, body: invoiceBody() });
    const supplierData = { ...(invoiceBody().supplier as object), name: 'x'.repeat(5000) };
    await api.db.invoice.updateMany({
      where: { tenantId: me.id },
      data: { status: 'FAILED', ublXml: null, supplierData },
    });
    const { body } = await api.client.post(`/invoices/${invoice.id}/retry`, { key: owner });
    expect(body.status).toBe('validated');
  });
});
