import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody } from '../support/invoices.ts';
import { MICROSECONDS_UTC } from '../support/patterns.ts';

describe.each(engines)('POST /invoices/{id}/retry on $name', (engine) => {
  const api = engine.startApi();
  let key: string;

  beforeAll(async () => {
    key = await api.client.newTenant();
  });

  async function invoice(
    data: Parameters<typeof api.db.invoice.updateMany>[0]['data'],
    body = invoiceBody(),
  ) {
    const { body: created } = await api.client.post('/invoices', { key, body });
    await api.db.invoice.updateMany({ where: { id: created.id }, data });
    return created;
  }

  it.each(['FAILED', 'REJECTED'] as const)('makes a %s invoice validated again', async (status) => {
    const created = await invoice({ status, errorMessage: 'Gateway timeout' });
    const answer = await api.client.post(`/invoices/${created.id}/retry`, { key });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...created,
      status: 'validated',
      error_message: null,
      updated_at: expect.stringMatching(MICROSECONDS_UTC),
    });
    expect((await api.client.get(`/invoices/${created.id}`, { key })).body).toEqual(answer.body);

    const stored = await api.db.invoice.findFirstOrThrow({ where: { id: created.id } });
    expect(stored.retryCount).toBe(1);
    const events = await api.db.webhookEvent.findMany({
      where: { invoiceId: created.id },
      orderBy: { id: 'asc' },
    });
    expect(events.map(({ eventType }) => eventType)).toEqual(['invoice.validated', 'invoice.validated']);
  });

  it.each(['DRAFT', 'VALIDATED', 'SUBMITTED', 'ACCEPTED'] as const)('refuses a %s one', async (status) => {
    const { id } = await invoice({ status });
    const answer = await api.client.post(`/invoices/${id}/retry`, { key });
    expect([answer.status, answer.body]).toEqual([
      400,
      { detail: 'Only failed or rejected invoices can be retried' },
    ]);
  });

  it('takes no notice of a body', async () => {
    const { id } = await invoice({ status: 'FAILED' });
    expect((await api.client.post(`/invoices/${id}/retry`, { key, raw: '{"a":' })).status).toBe(200);
  });

  it('lets one of many at once through', async () => {
    const { id } = await invoice({ status: 'FAILED' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api.client.post(`/invoices/${id}/retry`, { key })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(400)]);
    expect((await api.db.invoice.findFirstOrThrow({ where: { id } })).retryCount).toBe(1);
  });

  it('writes the document that is missing', async () => {
    const created = await invoice({ status: 'FAILED', ublXml: null });
    const { body } = await api.client.post(`/invoices/${created.id}/retry`, { key });
    expect(body).toMatchObject({ status: 'validated', ubl_xml_url: `/invoices/${created.id}/ubl` });
  });

  it('stays failed, with the reason, when there can be no document', async () => {
    const created = await invoice({}, invoiceBody({ line_items: [] }));
    const { status, body } = await api.client.post(`/invoices/${created.id}/retry`, { key });
    expect([status, body.status]).toEqual([200, 'failed']);
    expect(body.error_message).toMatch(/line_items is empty/);
  });

  it('knows no other invoice', async () => {
    const { status, body } = await api.client.post('/invoices/999999999/retry', { key });
    expect([status, body]).toEqual([404, { detail: 'Invoice not found' }]);
  });
});
