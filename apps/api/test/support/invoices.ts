/** A complete, correct body for `POST /invoices`; `changes` replace its fields. */
export function invoiceBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    external_id: 'EXT-1',
    country_code: 'DE',
    invoice_number: 'INV-2025-0001',
    issue_date: '2025-01-15T00:00:00',
    due_date: '2025-02-15T10:00:00.123456+01:00',
    currency: 'EUR',
    supplier: {
      name: 'Müller & Söhne <GmbH>',
      vat_id: 'DE123456789',
      address: 'Straße des 17. Juni 135',
      city: 'Berlin',
      postal_code: '10623',
      country: 'DE',
      phone: '+49 30 1234567',
    },
    customer: {
      name: 'Kunde AG',
      vat_id: 'DE987654321',
      address: 'Hauptstraße 1',
      city: 'München',
      postal_code: '80331',
      country: 'DE',
    },
    line_items: [lineItem(), lineItem({ line_total: '0.1000', tax_amount: '0.019' })],
    ...changes,
  };
}

/** A correct line of 100.00 at 19 %. */
export function lineItem(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    description: 'Software License',
    quantity: 2,
    unit_price: '50.00',
    tax_rate: 19,
    tax_amount: '19.00',
    line_total: '100.00',
    ...changes,
  };
}

/** The same body without one of its fields. */
export function without(body: Record<string, unknown>, field: string): Record<string, unknown> {
  const { [field]: _left, ...rest } = body;
  return rest;
}
