// One process of a service that knows nothing of a move: it takes invoices from a queue and writes them to its file, until
// its file takes no more writes. It says what was written, one invoice number a line: node foreign-service.mjs FILE NAME
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

const [, , file, name] = process.argv;
const db = new Database(file, { timeout: 5_000 });
const insert = db.prepare(
  `INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal, tax_amount,
     total_amount, currency, supplier_data, customer_data, line_items, retry_count, created_at)
   SELECT ?, id, 'DRAFT', 'DE', ?, '2025-02-01 00:00:00.000000', '10.00', '1.90', '11.90', 'EUR', '{}', '{}', '[]', 0, '2025-02-01 00:00:00'
   FROM tenants ORDER BY id LIMIT 1`,
);
const pay = db.prepare(`UPDATE invoices SET retry_count = retry_count + 1 WHERE invoice_number = ?`);

process.on('SIGTERM', () => process.exit(0));
for (let i = 1; ; i++) {
  const number = `${name}-${i}`;
  try {
    db.transaction(() => {
      insert.run(number, number);
      if (i > 1) pay.run(`${name}-${i - 1}`);
    })();
    writeSync(1, `${number}\n`);
  } catch (error) {
    if (!error.message.startsWith('vatevo_cutover_fence')) throw error;
    // As a service does: it says so, and tries the next one.
    writeSync(2, `${error.message}\n`);
    i--;
  }
  await sleep(60);
}
