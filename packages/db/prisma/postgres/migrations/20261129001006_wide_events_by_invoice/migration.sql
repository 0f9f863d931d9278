CREATE INDEX CONCURRENTLY "webhook_events_wide_invoice_idx" ON "webhook_events"("tenant_id", "invoice_id_wide");
