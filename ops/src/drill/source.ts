import { copyFileSync } from 'node:fs';
import { deployMigrations } from '@vatevo/db/migrations';
import Database from 'better-sqlite3';
import { sample } from '../demo/paths.ts';
import type { Shape } from './writer/store.ts';
import { TURNS } from './writer/turns.ts';

/** Events beside those of the sample, so that a copy takes a moment in which something can happen. */
const EVENTS = 3_000;

export type JournalMode = 'wal' | 'delete';

/** Makes the file that a round begins with. */
export async function makeSource(file: string, shape: Shape, journalMode: JournalMode): Promise<void> {
  await makeRows(file, shape);
  const db = new Database(file);
  const [columns, key] =
    shape === 'legacy'
      ? ['api_key', `'vat_turns'`]
      : ['api_key_hash, api_key_prefix', `'${'1'.repeat(64)}', 'vat_'`];
  db.exec(`INSERT INTO tenants (id, name, ${columns}) VALUES (${TURNS}, '0', ${key})`);
  db.pragma(`journal_mode = ${journalMode}`);
  db.close();
}

async function makeRows(file: string, shape: Shape): Promise<void> {
  if (shape === 'legacy') {
    copyFileSync(sample, file);
    letKeysCascade(file);
    fill(file, '');
    return;
  }
  await deployMigrations({ kind: 'sqlite', file });
  const db = new Database(file);
  db.exec(`
    INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('Drill', '${'0'.repeat(64)}', 'vat_');
    INSERT INTO invoices (external_id, tenant_id, country_code, invoice_number, issue_date, subtotal, tax_amount,
      total_amount, supplier_data, customer_data, line_items)
    VALUES ('first', 1, 'IT', 'R-1', '2026-01-01T00:00:00.000000Z', '1.10', '0.00', '1.10', '{}', '{}', '[]')`);
  db.close();
  fill(file, ', tenant_id');
}

/** As many services have it; the sample does not say. */
function letKeysCascade(file: string): void {
  const db = new Database(file);
  db.unsafeMode();
  db.pragma('writable_schema = ON');
  db.exec(
    `UPDATE sqlite_schema SET sql = replace(replace(sql, 'REFERENCES tenants (id)', 'REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE'),
       'REFERENCES invoices (id)', 'REFERENCES invoices (id) ON DELETE CASCADE ON UPDATE CASCADE') WHERE type = 'table'`,
  );
  db.pragma('writable_schema = RESET');
  db.close();
}

function fill(file: string, tenant: string): void {
  const db = new Database(file);
  db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${EVENTS})
    INSERT INTO webhook_events (invoice_id, event_type, payload, delivered, delivery_attempts, created_at${tenant})
    SELECT invoices.id, 'before-' || i, '{"n": ' || i || '}', i % 2, i % 5, '2025-01-15 00:00:00'${tenant}
    FROM n JOIN invoices ON invoices.id = (SELECT min(id) FROM invoices)`);
  // An application's own trigger, which writes another table.
  db.exec(`CREATE TRIGGER count_attempts AFTER UPDATE OF external_id ON invoices BEGIN
    UPDATE webhook_events SET delivery_attempts = delivery_attempts + 1 WHERE invoice_id = NEW.id AND id % 20 = 0;
  END`);
  db.close();
}
