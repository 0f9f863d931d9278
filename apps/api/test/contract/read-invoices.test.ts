import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody } from '../support/invoices.ts';

describe.each(engines)('reading invoices on $name', (engine) => {
  const api = engine.startApi();
  let key: string;
  const ids: number[] = [];

  beforeAll(async () => {
    key = await api.client.newTenant('reader');
    const other = await api.client.newTenant('other');
    for (const [external_id, submit_immediately] of [
      ['a', false],
      ['b', true],
      ['c', false],
    ] as const) {
      // Rows of another tenant in between.
      await api.client.post('/invoices', { key: other, body: invoiceBody() });
      const { body } = await api.client.post('/invoices', {
        key,
        body: invoiceBody({ external_id, submit_immediately }),
      });
      ids.push(body.id);
    }
  });

  const list = async (query: string) => {
    const { status, body } = await api.client.get(`/invoices${query}`, { key });
    return status === 200
      ? body.map((invoice: { external_id: string }) => invoice.external_id)
      : [status, body];
  };

  it.each([
    ['', ['a', 'b', 'c']],
    ['?skip=0&limit=100&status=', ['a', 'b', 'c']],
    ['?limit=2', ['a', 'b']],
    ['?skip=1', ['b', 'c']],
    ['?skip=1&limit=1', ['b']],
    ['?skip=3', []],
    ['?skip=2147483647', []],
    ['?limit=0', []],
    ['?limit=1000', ['a', 'b', 'c']],
    ['?status=submitted', ['b']],
    ['?status=validated&skip=1', ['c']],
    ['?status=draft', []],
    ['?limit=1&limit=2', ['a', 'b']],
    ['?unknown=1', ['a', 'b', 'c']],
    ['?after=0', ['a', 'b', 'c']],
    ['?after=2147483647', []],
  ])('lists %j as %j, by id', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it('goes on after the last invoice of the page before', async () => {
    expect(await list(`?limit=1&after=${ids[0]}`)).toEqual(['b']);
    expect(await list(`?status=validated&after=${ids[0]}`)).toEqual(['c']);
    expect(await list(`?skip=1&after=${ids[0]}`)).toEqual(['c']);
    expect(await list(`?after=${ids[2]}`)).toEqual([]);
  });

  it('lists what GET /invoices/{id} shows', async () => {
    const { body } = await api.client.get('/invoices', { key });
    expect(body[1]).toEqual((await api.client.get(`/invoices/${ids[1]}`, { key })).body);
  });

  it.each([
    ['skip=-1', 'skip', 'greater_than_equal'],
    ['limit=-1', 'limit', 'greater_than_equal'],
    ['limit=1001', 'limit', 'less_than_equal'],
    ['skip=2147483648', 'skip', 'less_than_equal'],
    ['skip=9223372036854775808', 'skip', 'less_than_equal'],
    [`limit=${'9'.repeat(400)}`, 'limit', 'less_than_equal'],
    ['limit=ten', 'limit', 'int_parsing'],
    ['limit=', 'limit', 'int_parsing'],
    ['limit=1.5', 'limit', 'int_parsing'],
    ['limit=1e2', 'limit', 'int_parsing'],
    ['status=paid', 'status', 'enum'],
    ['status=DRAFT', 'status', 'enum'],
    ['status=%00', 'status', 'enum'],
  ])('refuses %j', async (query, parameter, type) => {
    const { status, body } = await api.client.get(`/invoices?${query}`, { key });
    expect(status).toBe(422);
    expect(body).toEqual({ detail: [{ loc: ['query', parameter], msg: expect.any(String), type }] });
  });

  it.each(['0', '-1', '999999999', '2147483648', '9223372036854775808', '9'.repeat(400)])(
    'knows no invoice %s',
    async (id) => {
      const { status, body } = await api.client.get(`/invoices/${id}`, { key });
      expect([status, body]).toEqual([404, { detail: 'Invoice not found' }]);
    },
  );

  it.each(['abc', '1.0', '0x1', '%00', '%F0%9F%9A%80'])('refuses the id %s', async (id) => {
    const { status, body } = await api.client.get(`/invoices/${id}`, { key });
    expect(status).toBe(422);
    expect(body.detail).toEqual([
      { loc: ['path', 'invoice_id'], msg: expect.any(String), type: 'int_parsing' },
    ]);
  });

  it('reads microseconds that JavaScript cannot hold', async () => {
    const instants = { issue_date: '2025-01-15T10:00:00.000001Z', due_date: '0001-01-01T00:00:00.999999Z' };
    const { body } = await api.client.post('/invoices', { key, body: invoiceBody(instants) });
    expect((await api.client.get(`/invoices/${body.id}`, { key })).body).toMatchObject(instants);
    expect(body).toMatchObject(instants);
  });
});
