import { invoiceBody, lineItem } from './invoices.ts';

/** The largest body that is taken. */
const MAX_BODY = 1024 * 1024;
const MAX_LINES = 1000;

/** An invoice with `text` as JSON where `field` is. */
function withJson(field: string, text: string): string {
  const [before, after] = JSON.stringify(invoiceBody({ [field]: '@@' })).split('"@@"') as [string, string];
  return before + text + after;
}

/** As many of `entry` as a body has room for, or `most`. */
function listOf(entry: unknown, most = Number.POSITIVE_INFINITY, room = MAX_BODY - 2048): string {
  const text = JSON.stringify(entry);
  return `[${Array(Math.min(most, Math.floor(room / (text.length + 1))))
    .fill(text)
    .join(',')}]`;
}

const lines = (make: (index: number) => Record<string, unknown>) =>
  JSON.stringify(
    invoiceBody({ line_items: Array.from({ length: MAX_LINES }, (_, index) => lineItem(make(index))) }),
  );

const WRONG_LINE = Object.fromEntries(
  [
    ...[
      'description',
      'quantity',
      'unit_price',
      'tax_rate',
      'tax_amount',
      'line_total',
      'tax_category',
      'unit_code',
    ],
    ...[
      'tax_exemption_reason',
      'tax_exemption_reason_code',
      'base_quantity',
      'gross_price',
      'allowances',
      'charges',
    ],
    ...['period', 'note', 'purchase_order_line', 'seller_item_id', 'standard_item_id'],
  ].map((field) => [field, true]),
);

/** Bodies of at most 1 MB that were chosen for the work that they make. */
export const WORST_BODIES: Readonly<Record<string, string>> = {
  'lines that are empty': withJson('line_items', listOf({})),
  'lines that are numbers': withJson('line_items', listOf(1)),
  'lines that are lists': withJson('line_items', listOf([])),
  'more lines than an invoice may have': withJson('line_items', listOf(lineItem())),
  'as many lines as it may have': lines(() => ({})),
  'lines in which everything is wrong': withJson('line_items', listOf(WRONG_LINE, MAX_LINES)),
  'a hundred good lines before bad ones': JSON.stringify(
    invoiceBody({ line_items: [...Array(100).fill(lineItem()), ...Array(900).fill(WRONG_LINE)] }),
  ),
  'lines that break many rules': lines(() => ({
    tax_category: 'AE',
    unit_code: '??',
    tax_exemption_reason_code: 'x',
    gross_price: '0',
    standard_item_id: { id: 'x', scheme: 'y' },
    allowances: [{ amount: '-1', reason_code: 'x' }],
  })),
  'lines of a rate each': lines((index) => ({ tax_rate: index / 1000 + 0.123456789012 })),
  'lines of a reason each': lines((index) => ({
    tax_rate: 0,
    tax_category: 'E',
    tax_exemption_reason: `${'r'.repeat(700)}${index}`,
  })),
  'lines of the largest numbers': lines(() => ({
    quantity: 1e308,
    tax_rate: 1e308,
    base_quantity: 5e-324,
    unit_price: '999999999999999.9999',
  })),
  'lines of the smallest numbers': lines(() => ({ quantity: 5e-324, tax_rate: 2.3e-308 })),
  'lines of the largest numbers that are taken': lines(() => ({
    quantity: 999999999999999.9,
    tax_rate: 1.234567890123456e-15,
    unit_price: '999999999999999.9999',
  })),
  'lines full of what XML escapes': lines(() => ({ description: '&'.repeat(900) })),
  'lines of long descriptions': lines(() => ({ description: 'ä'.repeat(400) })),
  'lines with allowances': withJson(
    'line_items',
    listOf(lineItem({ allowances: [{ amount: '1' }], charges: [{ amount: '1' }] }), MAX_LINES),
  ),
  'a line with allowances': JSON.stringify(
    invoiceBody({ line_items: [lineItem({ allowances: '@@' })] }),
  ).replace('"@@"', listOf({ amount: '1' })),
  'a line with empty allowances': JSON.stringify(
    invoiceBody({ line_items: [lineItem({ charges: '@@' })] }),
  ).replace('"@@"', listOf({})),
  'allowances on the document': withJson('allowances', listOf({ amount: '1', tax_rate: 19 })),
  'as many allowances as there may be': withJson('allowances', listOf({ amount: '1', tax_rate: 1.25 }, 500)),
  'preceding invoices': withJson('preceding_invoices', listOf({ invoice_number: '1' })),
  'lists in lists': withJson('unknown', '['.repeat(500_000) + ']'.repeat(500_000)),
  'objects in objects': withJson('unknown', `${'{"a":'.repeat(160_000)}1${'}'.repeat(160_000)}`),
  'short lists in lists': `[${Array(170_000).fill('[[]]').join(',')}]`,
  'lists nobody asked for': withJson('unknown', listOf([])),
  'a long text': JSON.stringify(invoiceBody({ external_id: 'x'.repeat(1_000_000) })),
  'a long VAT identifier': JSON.stringify(
    invoiceBody({ supplier: { vat_id: `IT${'1'.repeat(1_000_000)}` } }),
  ),
  'a long account': JSON.stringify(invoiceBody({ payment_means: { iban: `DE${'1'.repeat(1_000_000)}` } })),
  'a long amount': JSON.stringify(invoiceBody({ prepaid_amount: '1'.repeat(1_000_000) })),
  'a long time': JSON.stringify(invoiceBody({ issue_date: '1'.repeat(1_000_000) })),
  'a long description': JSON.stringify(
    invoiceBody({ line_items: [lineItem({ description: '&'.repeat(1_000_000) })] }),
  ),
  'a long number': withJson('unknown', '1'.repeat(1_000_000)),
  'many keys': `{${Array.from({ length: 90_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  'many keys beside an invoice': withJson(
    'unknown',
    `{${Array.from({ length: 85_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  ),
  'the same key again and again': `{${Array(130_000).fill('"a":{}').join(',')}}`,
  'nothing but space': `${' '.repeat(1_000_000)}{}`,
  'escapes in a text': withJson('note', `"${'\\u00e4'.repeat(170_000)}"`),
  'surrogates without a partner': withJson('note', `"${'\\ud800'.repeat(170_000)}"`),
  'characters of two units': JSON.stringify(invoiceBody({ note: '😀'.repeat(250_000) })),
  'nothing but openings': '{'.repeat(1_000_000),
  'lines with all that a line may have': lines((index) => ({
    note: 'n'.repeat(60),
    unit_code: 'HUR',
    tax_rate: 19 + (index % 7),
    tax_category: 'S',
    base_quantity: 1,
    gross_price: '51.00',
    period: { start_date: '2025-01-01', end_date: '2025-01-31' },
    purchase_order_line: String(index),
    seller_item_id: `item-${index}`,
    standard_item_id: { id: '4012345678901', scheme: '0160' },
    allowances: [{ amount: '1.00', reason: 'r', base_amount: '10.00', percentage: '10' }],
    charges: [{ amount: '1.00', reason: 'r' }],
  })),
  'lines of a rate each, and allowances of the same rates': JSON.stringify(
    invoiceBody({
      line_items: Array.from({ length: 500 }, (_, index) => lineItem({ tax_rate: index / 100 })),
      allowances: Array.from({ length: 500 }, (_, index) => ({ amount: '0.01', tax_rate: index / 100 })),
    }),
  ),
  'numbers with a thousand digits': withJson(
    'line_items',
    `[${Array(MAX_LINES)
      .fill(JSON.stringify(lineItem({ quantity: '@@' })).replace('"@@"', `1.${'3'.repeat(750)}`))
      .join(',')}]`,
  ),
  'numbers with exponents of a thousand digits': withJson(
    'unknown',
    `[${Array(1000)
      .fill(`1e${'0'.repeat(1000)}1`)
      .join(',')}]`,
  ),
  'texts that are nearly addresses and accounts': JSON.stringify(
    invoiceBody({
      supplier: {
        ...(invoiceBody().supplier as object),
        email: `${'a.'.repeat(500)}@${'b-'.repeat(500)}`,
        vat_id: `DE${' '.repeat(200)}1`,
        endpoint: { id: `${'9'.repeat(250)}`, scheme: '0088' },
        identifier: { id: `${'0'.repeat(250)}x`, scheme: '0192' },
      },
      payment_means: { code: '58', iban: `DE${'0'.repeat(200)}` },
    }),
  ),
  'names that objects have already': `{"__proto__":${JSON.stringify(invoiceBody())},"constructor":{"prototype":{}},"toString":1,"line_items":[{"__proto__":[]}]}`,
  'a text': `"${'x'.repeat(1_000_000)}"`,
};
