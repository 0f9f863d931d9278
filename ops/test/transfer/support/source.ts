import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { root } from '../../support/run-script.ts';

/**
 * The legacy specimen with more events: by default so many that they are copied in several ranges. No value depends on when
 * it is transferred, so every transfer of it must give the same rows.
 */
export function makeSource(folder: string, name = 'legacy.db', events = 20_500): string {
  const file = join(folder, name);
  copyFileSync(join(root, 'ops/fixtures/legacy.db'), file);
  const db = new Database(file);
  db.exec(`
    UPDATE tenants SET created_at = '2025-01-01 00:00:00' WHERE created_at IS NULL;
    UPDATE invoices SET created_at = '2025-01-01 00:00:00' WHERE created_at IS NULL;
    UPDATE webhook_events SET created_at = '2025-01-01 00:00:00' WHERE created_at IS NULL;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${events})
    INSERT INTO webhook_events (invoice_id, event_type, payload, delivered, delivery_attempts, created_at)
    SELECT (SELECT min(id) FROM invoices) , 'invoice.sent', '{"attempt": ' || i || ', "total": 1.10}', i % 2, i % 5, '2025-01-15 00:00:00'
    FROM n`);
  db.close();
  return file;
}
