import { beforeAll, describe, expect, it } from 'vitest';
import { BROKEN } from '../support/broken-invoices.ts';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { SAMPLES, sampleBody, sampleLine } from '../support/sample-invoices.ts';

const PEPPOL = 'urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0';
const rulesIn = (body: { violations: { rule: string }[] }) => body.violations.map(({ rule }) => rule);

describe.each(engines)('the rules for invoices on $name', (engine) => {
  describe('reported', () => {
    const api = engine.startApi();
    let key: string;
    beforeAll(async () => {
      key = await api.client.newTenant();
    });
    const create = async (body: unknown) => (await api.client.post('/invoices', { key, body })).body;
    const ublOf = async (invoice: { ubl_xml_url: string }): Promise<string> =>
      (await api.client.get(invoice.ubl_xml_url, { key })).body;

    it('are all held by an invoice that gives everything', async () => {
      const invoice = await create(sampleBody());
      expect(invoice).toMatchObject({ status: 'validated', violations: [], total_amount: '120.00' });
      expect(await ublOf(invoice)).toContain(`<cbc:CustomizationID>${PEPPOL}</cbc:CustomizationID>`);
    });

    it('leave the status as it is and are listed where they are broken, now and later', async () => {
      const invoice = await create(BROKEN['BR-27']?.body);
      expect(invoice.status).toBe('validated');
      expect(invoice.violations).toEqual([
        {
          rule: 'BR-27',
          severity: 'fatal',
          location: 'line_items.0.unit_price',
          message: "An item's net price is not negative",
        },
        expect.objectContaining({ rule: 'PEPPOL-EN16931-R120' }),
      ]);
      expect((await api.client.get(`/invoices/${invoice.id}`, { key })).body).toEqual(invoice);
      const { body: page } = await api.client.get(`/invoices?after=${invoice.id - 1}&limit=1`, { key });
      expect(page).toEqual([invoice]);
    });

    it('decide what the document claims', async () => {
      expect(await ublOf(await create(BROKEN['BR-27']?.body))).not.toContain('cbc:CustomizationID');
      const plain = await ublOf(await create(BROKEN['PEPPOL-EN16931-R010']?.body));
      expect(plain).toContain('<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>');
      expect(plain).not.toContain('cbc:ProfileID');
    });

    it('are named by /validate as by /invoices', async () => {
      for (const name of ['BR-27', 'BR-CO-25', 'BR-IC-12', 'PEPPOL-EN16931-R003']) {
        const body = BROKEN[name]?.body;
        const answer = await api.client.post('/validate', { key, body });
        expect(answer.body.violations).toEqual((await create(body)).violations);
      }
    });

    it('are named by /validate for the little that it needs', async () => {
      const { country_code, supplier, customer, line_items } = sampleBody();
      const little = { country_code, supplier, customer, line_items };
      const { status, body } = await api.client.post('/validate', { key, body: little });
      expect([status, body.valid]).toEqual([200, true]);
      expect(rulesIn(body)).toEqual([
        'BR-02',
        'BR-03',
        'BR-CO-25',
        'PEPPOL-EN16931-R003',
        'PEPPOL-EN16931-R008',
      ]);
      // What it has always ignored is no reason to refuse it.
      const sloppy = {
        ...little,
        issue_date: 5,
        due_date: [],
        invoice_number: {},
        currency: 1,
        external_id: 7,
      };
      expect(await api.client.post('/validate', { key, body: sloppy })).toMatchObject({ status: 200, body });
    });

    it('make a credit note a UBL credit note', async () => {
      const xml = await ublOf(await create(SAMPLES['credit note']?.body));
      expect(xml).toContain('<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"');
      expect(xml).toContain('<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>');
      expect(xml).toContain('<cac:CreditNoteLine>');
      expect(xml).toContain('<cbc:CreditedQuantity unitCode="C62">4</cbc:CreditedQuantity>');
      expect(xml).toMatch(/<cac:BillingReference>\s*<cac:InvoiceDocumentReference>\s*<cbc:ID>F-2026-001</);
      expect(xml).toMatch(/<cac:PaymentMeans>[\s\S]*<cbc:PaymentDueDate>2026-04-01</);
    });

    it('count allowances and charges in the amounts', async () => {
      const { body } = SAMPLES['allowance and charge on the document'] ?? {};
      const invoice = await create(body);
      expect(invoice).toMatchObject({ subtotal: '97.50', tax_amount: '19.50', total_amount: '117.00' });
    });

    it('see the whole of an invoice again when it is retried', async () => {
      const invoice = await create({
        ...SAMPLES['credit note with allowances and a period']?.body,
        issue_date: '2026-03-02T00:30:00+02:00',
        due_date: '2026-04-01T00:30:00+02:00',
      });
      const before = await ublOf(invoice);
      await api.db.invoice.updateMany({
        where: { id: invoice.id },
        data: { status: 'FAILED', ublXml: null },
      });
      const { body: retried } = await api.client.post(`/invoices/${invoice.id}/retry`, { key });
      expect(retried).toMatchObject({ status: 'validated', violations: [] });
      expect(await ublOf(retried)).toBe(before);
    });

    it('have nothing to say of an invoice that was never held to them, and nothing that cannot be read', async () => {
      const { id } = await create(sampleBody());
      for (const [violations, shown] of [
        ['null', null],
        [`'"text"'`, null],
        [
          `'[{"rule":"OF-TOMORROW","location":"x"}]'`,
          [expect.objectContaining({ rule: 'OF-TOMORROW', severity: 'warning', location: 'x' })],
        ],
      ] as const) {
        await api.db.$executeRawUnsafe(`UPDATE invoices SET violations = ${violations} WHERE id = ${id}`);
        expect((await api.client.get(`/invoices/${id}`, { key })).body.violations).toEqual(shown);
      }
    });

    it.each([
      ['an allowance without an amount', { allowances: [{ tax_rate: 0 }] }, 'allowances.0.amount'],
      ['a day that is none', { invoice_period: { start_date: '2026-02-30' } }, 'invoice_period.start_date'],
      ['a number for a reference', { buyer_reference: 7 }, 'buyer_reference'],
      [
        'a quantity in words',
        { line_items: [sampleLine({ base_quantity: '1' })] },
        'line_items.0.base_quantity',
      ],
    ])('are not asked about what is malformed: %s', async (_name, changes, location) => {
      const { status, body } = await api.client.post('/invoices', { key, body: sampleBody(changes) });
      expect([status, body.detail[0].loc]).toEqual([
        422,
        ['body', ...location.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))],
      ]);
    });
  });

  describe('enforced', () => {
    const api = engine.startApi({ VATEVO_INVOICE_RULES: 'enforce,2=enforce-en16931,3=report' });
    let keys: string[];
    beforeAll(async () => {
      keys = [];
      // Ids are assigned in order.
      for (const name of ['one', 'two', 'three']) keys.push(await api.client.newTenant(name));
    });
    const create = async (tenant: number, name: string) =>
      (
        await api.client.post('/invoices', {
          key: keys[tenant - 1] as string,
          body: { ...BROKEN[name]?.body, submit_immediately: true },
        })
      ).body;

    it('leave an invoice failed that breaks a fatal one, and say which', async () => {
      const invoice = await create(1, 'BR-27');
      expect(invoice).toMatchObject({ status: 'failed', ubl_xml_url: null, submitted_at: null });
      expect(invoice.error_message).toBe(
        "The invoice breaks BR-27 at line_items.0.unit_price (An item's net price is not negative); " +
          "PEPPOL-EN16931-R120 at line_items.0.line_total (A line's total is quantity × price ÷ base quantity + charges − allowances)",
      );
      expect(rulesIn(invoice)).toContain('BR-27');
      const events = await api.db.webhookEvent.findMany({ where: { invoiceId: invoice.id } });
      expect(events.map(({ eventType }) => eventType)).toEqual(['invoice.failed']);
    });

    it('leave it failed when it is retried as it is', async () => {
      const { id } = await create(1, 'BR-27');
      const { body } = await api.client.post(`/invoices/${id}/retry`, { key: keys[0] as string });
      expect([body.status, body.ubl_xml_url]).toEqual(['failed', null]);
      expect(body.error_message).toMatch(/^The invoice breaks BR-27/);
    });

    it('let one pass that only gives cause for warnings', async () => {
      expect(await create(1, 'VATEVO-02')).toMatchObject({
        status: 'submitted',
        violations: [{ rule: 'VATEVO-02', severity: 'warning' }],
      });
    });

    it('are each tenant’s own', async () => {
      expect((await create(1, 'PEPPOL-EN16931-R010')).status).toBe('failed');
      expect((await create(2, 'PEPPOL-EN16931-R010')).status).toBe('submitted');
      expect((await create(2, 'BR-27')).status).toBe('failed');
      expect((await create(3, 'BR-27')).status).toBe('submitted');
    });
  });
});
