/** One kind of request that both servers answer. */
export interface Scenario {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Requests a second of the replaced service (one worker, 16 connections, the best measured). */
  readonly legacy: number;
}

const PARTY = {
  vat_id: 'DE123456789',
  address: 'Straße des 17. Juni 135',
  city: 'Berlin',
  postal_code: '10623',
  country: 'DE',
};

const INVOICE = {
  external_id: 'EXT-1',
  country_code: 'DE',
  invoice_number: 'INV-2025-0001',
  issue_date: '2025-01-15T00:00:00Z',
  due_date: '2025-02-15T00:00:00Z',
  supplier: { name: 'Müller & Söhne GmbH', ...PARTY },
  customer: { name: 'Kunde AG', ...PARTY },
  line_items: Array.from({ length: 3 }, (_, index) => ({
    description: `Position ${index + 1}`,
    quantity: 2,
    unit_price: '50.00',
    tax_rate: 19,
    tax_amount: '19.00',
    line_total: '100.00',
  })),
};

export function scenarios(invoiceId: number): Scenario[] {
  return [
    {
      name: 'POST /invoices',
      method: 'POST',
      path: '/invoices',
      body: JSON.stringify(INVOICE),
      legacy: 190,
    },
    { name: 'GET /invoices/{id}', method: 'GET', path: `/invoices/${invoiceId}`, legacy: 530 },
    { name: 'GET /invoices?limit=15', method: 'GET', path: '/invoices?limit=15', legacy: 288 },
  ];
}
