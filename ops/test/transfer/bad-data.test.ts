import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyReportPage } from '@vatevo/mover/transfer';
import { expect, it } from 'vitest';
import { legacyMove } from './legacy.ts';

const KEY = 'vat_0123456789abcdef0123456789abcdef';
const HOOK = 'whsec_never_to_be_seen';

/** What years of the old service leave in a file: the change, the line that it makes, or none when it is carried. */
const changes: readonly (readonly [name: string, sql: string, line?: string | RegExp])[] = [
  [
    'exponent money',
    set('invoices', 1, `total_amount = '1.23E+29'`),
    'invoices id=1: total_amount: not a plain decimal number: 1.23E+29',
  ],
  [
    'NaN money',
    set('invoices', 2, `subtotal = 'NaN'`),
    'invoices id=2: subtotal: not a plain decimal number: NaN',
  ],
  [
    'Infinity money',
    set('invoices', 3, `tax_amount = 'Infinity'`),
    'invoices id=3: tax_amount: not a plain decimal number: Infinity',
  ],
  ['forty digits of money', set('invoices', 4, `subtotal = '${'1234567890'.repeat(4)}'`)],
  [
    'money with any scale',
    set('invoices', 5, `subtotal = '0', tax_amount = '19.00', total_amount = '2101.123456789'`),
  ],
  ['a JSON scalar kept as INTEGER', set('invoices', 6, `gateway_response = '503'`)],
  ['a JSON scalar kept as REAL', set('invoices', 7, `gateway_response = '1.5'`)],
  ['the JSON text null', set('invoices', 8, `gateway_response = 'null', supplier_data = 'null'`)],
  ['SQL NULL in a JSON column', set('invoices', 9, 'gateway_response = NULL')],
  [
    'bare NaN in JSON',
    set('invoices', 10, `line_items = '[{"quantity": NaN}]'`),
    /^invoices id=10: line_items: not valid JSON \(at 14\): \[\{\\+"quantity/,
  ],
  [
    'a number beyond 2^53 in JSON',
    set('invoices', 11, `gateway_response = '{"n": 9007199254740993, "f": 1.0}'`),
  ],
  [
    '\\u0000 in JSON',
    set('invoices', 12, `customer_data = '{"name": "a\\u0000b"}'`),
    /^invoices id=12: customer_data: \\u0000 in a JSON string/,
  ],
  [
    'a lone surrogate in JSON',
    set('invoices', 13, `supplier_data = '{"name": "\\ud800"}'`),
    /^invoices id=13: supplier_data: a lone surrogate escape/,
  ],
  [
    'NULL where the old schema let it be',
    set('invoices', 14, 'status = NULL, currency = NULL, retry_count = NULL'),
  ],
  [
    'a status in lower case',
    set('invoices', 15, `status = 'draft'`),
    /^invoices id=15: status: not a label of "InvoiceStatus": draft$/,
  ],
  [
    'an empty status',
    set('invoices', 16, `status = ''`),
    'invoices id=16: status: not a label of "InvoiceStatus": (empty text)',
  ],
  [
    'another country',
    set('invoices', 17, `country_code = 'PL'`),
    /^invoices id=17: country_code: not a label of "CountryCode": PL$/,
  ],
  [
    'a day that is none',
    set('invoices', 18, `issue_date = '2024-02-30 00:00:00.000000'`),
    /^invoices id=18: issue_date: not a date-time .*: 2024-02-30/,
  ],
  ['a zone in a date', set('invoices', 19, `due_date = '2025-03-30T01:30:00+02:00'`)],
  [
    'seconds since 1970',
    set('invoices', 20, 'updated_at = 1700000000'),
    /^invoices id=20: updated_at: integer value .* with no policy for numbers: 1700000000$/,
  ],
  [
    'a blob in a text',
    set('invoices', 21, `ubl_xml = x'3c786d6c2f3e'`),
    /^invoices id=21: ubl_xml: blob value in a text column: x'3c786d6c2f3e'$/,
  ],
  [
    'NUL in a text',
    set('invoices', 22, `error_message = 'a' || char(0) || 'b'`),
    'invoices id=22: error_message: text with a NUL character: a\\u0000b',
  ],
  ['text longer than declared', set('invoices', 23, `invoice_number = printf('%0500d', 1)`)],
  [
    'bytes that are no UTF-8',
    set('invoices', 24, `external_id = CAST(x'ff' AS TEXT)`),
    'invoices id=24: external_id: bytes that are not UTF-8: \ufffd',
  ],
  [
    'a count beyond its range',
    set('invoices', 25, 'retry_count = 99999999999'),
    'invoices id=25: retry_count: outside the range of integer: 99999999999',
  ],
  ['a real count', set('invoices', 26, 'retry_count = 1.5'), /^invoices id=26: retry_count: real value/],
  [
    'an invoice of nobody',
    set('invoices', 27, 'tenant_id = 4711'),
    'invoices id=27: tenant_id: points to no row of tenants: 4711',
  ],
  [
    'an event of no invoice',
    set('webhook_events', 1, 'invoice_id = 4712'),
    'webhook_events id=1: invoice_id: invoice_id points to no row of invoices (id): 4712',
  ],
  [
    'a boolean as a text that is none',
    set('webhook_events', 2, `delivered = 'perhaps'`),
    'webhook_events id=2: delivered: not a word for true or false: perhaps',
  ],
  [
    'a boolean that is 2',
    set('webhook_events', 3, 'delivered = 2'),
    'webhook_events id=3: delivered: a boolean other than 0 or 1: 2',
  ],
  [
    'a payload with a key twice',
    set('webhook_events', 4, `payload = '{"a":1,"a":2}'`),
    /^webhook_events id=4: payload: a key twice in one JSON object/,
  ],
  [
    'a secret with a NUL',
    set('tenants', 2, `webhook_secret = '${HOOK}' || char(0)`),
    'tenants id=2: webhook_secret: text with a NUL character: (hidden)',
  ],
  [
    'a key that is bytes',
    set('tenants', 3, `api_key = CAST('${KEY}' AS BLOB)`),
    'tenants id=3: api_key: blob value where text is needed: (hidden)',
  ],
];

function set(table: string, nth: number, assignments: string): string {
  return `UPDATE ${table} SET ${assignments} WHERE id = ${nth};`;
}

it('refuses what cannot be carried line by line, then sets it aside with all that depends on it', async () => {
  const move = await legacyMove(changes.map(([, sql]) => sql).join('\n'));
  const expected = changes.flatMap(([, , line]) => (line === undefined ? [] : [line]));

  const inspected = await move.run('inspect');
  expect(inspected.code).toBe(5);
  const lines = inspected.stdout.split('\n').map((line) => line.trim());
  for (const line of expected) {
    const found = lines.some((shown) => (typeof line === 'string' ? shown === line : line.test(shown)));
    expect(found, `${line} in\n${inspected.stdout}`).toBe(true);
  }
  const json = await move.run('inspect', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    exitCode: 5,
    inspection: { refusedValues: expected.length },
  });

  const refused = await move.run('transfer');
  expect(refused.code).toBe(5);
  for (const line of expected) {
    const shown = refused.stdout.split('\n').map((text) => text.trim());
    expect(shown.some((text) => (typeof line === 'string' ? text === line : line.test(text)))).toBe(true);
  }
  expect(refused.stderr).toMatch(
    /holds \d+ values that the target cannot hold \(the first: \w+, \w+=.*\); nothing was loaded.*--quarantine/,
  );
  expect(
    await move.query(`SELECT (SELECT count(*) FROM invoices) + (SELECT count(*) FROM tenants) AS rows`),
  ).toEqual([{ rows: '0' }]);
  expect(await move.query(`SELECT to_regnamespace('vatevo_transfer') AS ledger`)).toEqual([{ ledger: null }]);
  expect(readdirSync(move.reports).sort()).toEqual(['transfer-refused.html', 'transfer-refused.json']);

  const aside = await move.run('transfer', '--quarantine');
  expect(aside.code).toBe(5);
  expect(aside.stdout).toMatch(
    /Transfer complete: .* values verified equal\. \d+ rows are in the quarantine/,
  );
  const report = JSON.parse(readFileSync(join(move.reports, 'transfer-1.json'), 'utf8'));
  expect(report.verification.equal).toBe(true);
  for (const { sourceRows, loaded, quarantined } of report.quarantine.tables) {
    expect(loaded + quarantined).toBe(sourceRows);
  }
  expect(await move.query('SELECT count(*)::int AS rows FROM tenants')).toEqual([{ rows: 3 }]);
  expect(await move.query('SELECT count(*)::int AS rows FROM invoices WHERE tenant_id IN (2, 3)')).toEqual([
    { rows: 0 },
  ]);
  expect(
    await move.query(`SELECT gateway_response::text AS r FROM invoices WHERE id IN (6, 7) ORDER BY id`),
  ).toEqual(
    report.quarantine.listed.some(({ key }: { key: string }) => key === 'id=6' || key === 'id=7')
      ? expect.anything()
      : [{ r: '503' }, { r: '1.5' }],
  );
  const page = readFileSync(join(move.reports, 'transfer-1.html'), 'utf8');
  expect(verifyReportPage(page)).toBe(true);
  expect(page).toContain('quarantine');
  const store = join(move.reports, 'quarantine-1.db');
  expect(statSync(store).mode & 0o777).toBe(0o600);

  const again = await move.run('transfer');
  expect(again.code).toBe(5);
  expect(again.stdout).toContain('Nothing to do');
  const verified = await move.run('verify');
  expect(verified.code).toBe(0);
  expect(verified.stdout).toMatch(/rows of the source are in the quarantine/);

  // The secrets are in the store, for they are part of the rows, and nowhere else.
  expect(readFileSync(store).includes(HOOK)).toBe(true);
  const said = [inspected, json, refused, aside, again, verified].flatMap(({ stdout, stderr }) => [
    stdout,
    stderr,
  ]);
  const written = readdirSync(move.reports)
    .filter((name) => !name.endsWith('.db'))
    .map((name) => readFileSync(join(move.reports, name), 'utf8'));
  for (const text of [...said, ...written]) {
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(Buffer.from(KEY).toString('hex'));
    expect(text).not.toContain(HOOK);
  }
});

it('shows many refusals of one kind in a line, and reports each', async () => {
  const move = await legacyMove(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
    INSERT INTO tenants (id, name, api_key, is_active) SELECT 1000 + i, 'x', 'k' || i, 7 FROM n;`);
  const refused = await move.run('transfer');
  expect(refused.code).toBe(5);
  expect(refused.stdout).toContain(
    'tenants.is_active: a boolean other than 0 or 1: 250 values, such as id=1001: 7; id=1002: 7; id=1003: 7',
  );
  const report = JSON.parse(readFileSync(join(move.reports, 'transfer-refused.json'), 'utf8'));
  expect(report.inspection.refusals).toHaveLength(250);
  // Where no report can be written, the refusal is still one.
  const unwritten = await move.run('transfer', '--report', move.file);
  expect(unwritten.code).toBe(5);
  expect(unwritten.stdout).toContain('its report could not be written');
});

it('leaves behind what it is told to by name, and reads numbers as the times that it is told they are', async () => {
  const move = await legacyMove(`
    ALTER TABLE invoices ADD COLUMN note TEXT; UPDATE invoices SET note = 'mine' WHERE id = 1;
    CREATE TABLE scratch (x); INSERT INTO scratch VALUES (1);
    UPDATE invoices SET updated_at = 1700000000, issue_date = '2025-07-01 00:00:00.000000' WHERE id = 1;`);
  const refused = await move.run('inspect');
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('--leave-behind invoices.note');
  expect(refused.stderr).toContain('--leave-behind scratch');
  const decisions = [
    ...['--leave-behind', 'scratch', '--leave-behind', 'invoices.note'],
    ...['--times', 'invoices.updated_at=epoch-seconds'],
  ];
  const typo = await move.run('inspect', ...decisions, '--leave-behind', 'invoices.nota');
  expect(typo).toMatchObject({ code: 5 });
  expect(typo.stderr).toMatch(/ invoices\.nota was decided on.*--leave-behind invoices\.nota/s);
  expect((await move.run('inspect', ...decisions, '--times', 'updated_at=monday')).code).toBe(2);
  expect((await move.run('inspect', ...decisions, '--assume-timezone', 'Mars/Base')).code).toBe(2);
  const moved = await move.run('transfer', ...decisions, '--assume-timezone', 'Europe/Berlin');
  expect(moved).toMatchObject({ code: 0 });
  expect(
    await move.query(
      `SELECT (updated_at AT TIME ZONE 'UTC')::text AS at, (issue_date AT TIME ZONE 'UTC')::text AS issued
       FROM invoices WHERE id = 1`,
    ),
  ).toEqual([{ at: '2023-11-14 22:13:20', issued: '2025-06-30 22:00:00' }]);
  expect((await move.run('verify')).code).toBe(0);
  const page = readFileSync(join(move.reports, 'transfer-1.html'), 'utf8');
  expect(page).toContain('invoices.note');
});
