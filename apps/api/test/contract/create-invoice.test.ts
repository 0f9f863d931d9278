import { XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody, lineItem, without } from '../support/invoices.ts';
import { MICROSECONDS_UTC } from '../support/patterns.ts';

describe.each(engines)('POST /invoices on $name', (engine) => {
  const api = engine.startApi();
  let key: string;

  beforeAll(async () => {
    key = await api.client.newTenant();
  });

  const create = (body: unknown) => api.client.post('/invoices', { key, body });

  it('answers with the whole invoice, amounts exact and times to the microsecond in UTC', async () => {
    const { status, body } = await create(invoiceBody());
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(Number),
      external_id: 'EXT-1',
      status: 'validated',
      country_code: 'DE',
      invoice_number: 'INV-2025-0001',
      issue_date: '2025-01-15T00:00:00.000000Z',
      due_date: '2025-02-15T09:00:00.123456Z',
      subtotal: '100.1000',
      tax_amount: '19.019',
      total_amount: '119.1190',
      currency: 'EUR',
      ubl_xml_url: `/invoices/${body.id}/ubl`,
      country_xml_url: null,
      pdf_url: null,
      submission_id: null,
      error_message: null,
      violations: expect.any(Array),
      created_at: expect.stringMatching(MICROSECONDS_UTC),
      updated_at: null,
      submitted_at: null,
    });
    expect((await api.client.get(`/invoices/${body.id}`, { key })).body).toEqual(body);
  });

  it('submits at once when asked to', async () => {
    const { body } = await create(invoiceBody({ submit_immediately: true }));
    expect(body.status).toBe('submitted');
    expect(body.submitted_at).toMatch(MICROSECONDS_UTC);
    expect((await api.client.get(`/invoices/${body.id}`, { key })).body).toEqual(body);
  });

  it('fills in what may be missing', async () => {
    const { body } = await create(without(without(invoiceBody(), 'currency'), 'due_date'));
    expect(body).toMatchObject({ currency: 'EUR', due_date: null, status: 'validated' });
  });

  it('stores the parties and lines as they came, and what may be missing as null', async () => {
    const { body } = await create(invoiceBody({ ignored: 1 }));
    const stored = await api.db.invoice.findFirstOrThrow({ where: { id: body.id } });
    expect(stored.supplierData).toEqual({ ...(invoiceBody().supplier as object), email: null });
    expect(stored.customerData).toEqual({ ...(invoiceBody().customer as object), email: null });
    expect(stored.lineItems).toEqual(invoiceBody().line_items);
  });

  it('writes a UBL document and its events together with the invoice', async () => {
    const { body } = await create(invoiceBody({ submit_immediately: true }));
    const events = await api.db.webhookEvent.findMany({
      where: { invoiceId: body.id },
      orderBy: { id: 'asc' },
    });
    expect(events.map(({ eventType, payload, delivered }) => ({ eventType, payload, delivered }))).toEqual(
      ['validated', 'submitted'].map((status) => ({
        eventType: `invoice.${status}`,
        payload: { invoice_id: body.id, external_id: 'EXT-1', invoice_number: 'INV-2025-0001', status },
        delivered: false,
      })),
    );
    const ubl = await api.client.get(body.ubl_xml_url, { key });
    expect(ubl.status).toBe(200);
    expect(ubl.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(XMLValidator.validate(ubl.body)).toBe(true);
    expect(ubl.body).toContain('Müller &amp; Söhne &lt;GmbH&gt;');
  });

  it('writes the day that the sender wrote into the document', async () => {
    const { body } = await create(invoiceBody({ issue_date: '2025-03-30T01:30:00+02:00' }));
    expect(body.issue_date).toBe('2025-03-29T23:30:00.000000Z');
    expect((await api.client.get(body.ubl_xml_url, { key })).body).toContain('<cbc:IssueDate>2025-03-30<');
  });

  it.each([
    ['a character that XML cannot carry', { invoice_number: 'a\u0001' }, /invoice_number holds U\+0001/],
    ['no lines', { line_items: [] }, /line_items is empty/],
  ])('leaves an invoice failed that no document can be made of: %s', async (_name, changes, reason) => {
    const { status, body } = await create(invoiceBody({ ...changes, submit_immediately: true }));
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'failed', ubl_xml_url: null, submitted_at: null });
    expect(body.error_message).toMatch(reason);
    expect((await api.client.get(`/invoices/${body.id}/ubl`, { key })).status).toBe(404);
    const events = await api.db.webhookEvent.findMany({ where: { invoiceId: body.id } });
    expect(events.map(({ eventType }) => eventType)).toEqual(['invoice.failed']);
  });

  it('adds up without lines to 0', async () => {
    const { body } = await create(invoiceBody({ line_items: [] }));
    expect(body).toMatchObject({ subtotal: '0', tax_amount: '0', total_amount: '0' });
  });

  it('keeps what floating point would lose', async () => {
    const line_items = [
      lineItem({ line_total: '999999999999999.9999', tax_amount: '0.1' }),
      lineItem({ line_total: '999999999999999.9999', tax_amount: '0.2' }),
      lineItem({ line_total: '-0.00', tax_amount: '-0.30' }),
    ];
    const { body } = await create(invoiceBody({ line_items }));
    expect(body).toMatchObject({
      subtotal: '1999999999999999.9998',
      tax_amount: '0.00',
      total_amount: '1999999999999999.9998',
    });
    expect((await api.client.get(`/invoices/${body.id}`, { key })).body).toEqual(body);
  });

  it('keeps text as it came', async () => {
    const texts = { external_id: '  \t Ω≈ç√ 🚀 \u0085\u2028 ', invoice_number: `x'"\\N;--` };
    const { body } = await create(invoiceBody(texts));
    expect(body).toMatchObject(texts);
  });

  it('takes a thousand lines', async () => {
    const line = {
      description: '',
      quantity: 1,
      unit_price: '1',
      tax_rate: 0,
      tax_amount: '0',
      line_total: '0.01',
    };
    const { status, body } = await create(invoiceBody({ line_items: Array(1000).fill(line) }));
    expect([status, body.subtotal]).toEqual([200, '10.00']);
  });

  it.each<[string, unknown, (string | number)[], string]>([
    ['no body', undefined, ['body'], 'missing'],
    ['no object', 'text', ['body'], 'model_attributes_type'],
    ['no number', without(invoiceBody(), 'invoice_number'), ['body', 'invoice_number'], 'missing'],
    ['no country', without(invoiceBody(), 'country_code'), ['body', 'country_code'], 'missing'],
    ['another country', invoiceBody({ country_code: 'GB' }), ['body', 'country_code'], 'enum'],
    [
      'a day that is none',
      invoiceBody({ issue_date: '2024-02-30' }),
      ['body', 'issue_date'],
      'datetime_parsing',
    ],
    ['an epoch', invoiceBody({ issue_date: 1736899200 }), ['body', 'issue_date'], 'string_type'],
    ['null for a currency', invoiceBody({ currency: null }), ['body', 'currency'], 'string_type'],
    ['lines that are no list', invoiceBody({ line_items: {} }), ['body', 'line_items'], 'list_type'],
    [
      'text for a boolean',
      invoiceBody({ submit_immediately: 'yes' }),
      ['body', 'submit_immediately'],
      'bool_type',
    ],
    ['NUL', invoiceBody({ external_id: 'a\0' }), ['body', 'external_id'], 'string_unicode'],
    [
      'half a surrogate pair',
      invoiceBody({ external_id: '\udc00' }),
      ['body', 'external_id'],
      'string_unicode',
    ],
    ['a supplier that is none', invoiceBody({ supplier: 1 }), ['body', 'supplier'], 'model_attributes_type'],
  ])('refuses %s', async (_name, body, loc, type) => {
    const answer = await create(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({ detail: [{ loc, msg: expect.any(String), type }] });
  });

  it.each([
    '',
    '1e3',
    '1.23E+29',
    'NaN',
    'Infinity',
    '+1',
    '.5',
    '1.',
    '1.00000',
    '1234567890123456',
    ' 1',
    '1,5',
    '１',
  ])('refuses the amount %j', async (line_total) => {
    const { status, body } = await create(
      invoiceBody({ line_items: [lineItem(), lineItem({ line_total })] }),
    );
    expect(status).toBe(422);
    expect(body.detail).toEqual([
      {
        loc: ['body', 'line_items', 1, 'line_total'],
        msg: expect.any(String),
        type: 'string_pattern_mismatch',
      },
    ]);
  });

  it('refuses an amount that is a JSON number, and numbers that are none', async () => {
    const bad = lineItem({ unit_price: 50, quantity: '2', tax_rate: null });
    const { body } = await create(invoiceBody({ line_items: [bad] }));
    expect(body.detail.map(({ loc, type }: { loc: unknown[]; type: string }) => [loc.at(-1), type])).toEqual([
      ['quantity', 'float_type'],
      ['unit_price', 'string_type'],
      ['tax_rate', 'float_type'],
    ]);
  });

  it('leaves nothing behind of an invoice it refused', async () => {
    const before = (await api.client.get('/invoices?limit=1000', { key })).body.length;
    await create(invoiceBody({ line_items: [lineItem({ line_total: 'x' })] }));
    expect((await api.client.get('/invoices?limit=1000', { key })).body).toHaveLength(before);
  });

  describe('with an Idempotency-Key', () => {
    const headers = { 'Idempotency-Key': 'order 4711' };

    it('answers a repetition as the first time, and stores nothing', async () => {
      const own = await api.client.newTenant();
      const first = await api.client.post('/invoices', { key: own, body: invoiceBody(), headers });
      const again = await api.client.post('/invoices', { key: own, body: invoiceBody(), headers });
      expect([first.status, again.status]).toEqual([200, 200]);
      for (const spelling of ['/invoices/', '/Invoices?from=a-client'])
        expect((await api.client.post(spelling, { key: own, body: invoiceBody(), headers })).body).toEqual(
          first.body,
        );
      expect(again.body).toEqual(first.body);
      expect([first, again].map((answer) => answer.headers.get('idempotent-replayed'))).toEqual([
        null,
        'true',
      ]);
      expect((await api.client.get('/invoices', { key: own })).body).toEqual([first.body]);
    });

    it('stores one invoice for many that come at once', async () => {
      const own = await api.client.newTenant();
      const answers = await Promise.all(
        Array.from({ length: 5 }, () =>
          api.client.post('/invoices', { key: own, body: invoiceBody(), headers }),
        ),
      );
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect((await api.client.get('/invoices', { key: own })).body).toHaveLength(1);
    });

    it('refuses the key for another request; another tenant’s key is another key', async () => {
      const own = await api.client.newTenant();
      await api.client.post('/invoices', { key: own, body: invoiceBody(), headers });
      const other = invoiceBody({ external_id: 'other' });
      const { status, body } = await api.client.post('/invoices', { key: own, body: other, headers });
      expect([status, body.detail[0]]).toMatchObject([
        422,
        { loc: ['header', 'Idempotency-Key'], type: 'idempotency_key_reused' },
      ]);
      const stranger = await api.client.newTenant();
      expect((await api.client.post('/invoices', { key: stranger, body: other, headers })).status).toBe(200);
    });

    it('takes no key for granted that was part of a faulty request', async () => {
      const own = await api.client.newTenant();
      expect((await api.client.post('/invoices', { key: own, body: {}, headers })).status).toBe(422);
      expect((await api.client.post('/invoices', { key: own, body: invoiceBody(), headers })).status).toBe(
        200,
      );
    });

    it.each(['', ' ', 'k\u00e9y', 'x'.repeat(256)])('refuses %j', async (value) => {
      const call = { key, body: invoiceBody(), headers: { 'Idempotency-Key': value } };
      const { status, body } = await api.client.post('/invoices', call);
      expect([status, body.detail?.[0]?.loc]).toEqual([422, ['header', 'Idempotency-Key']]);
    });
  });
});
