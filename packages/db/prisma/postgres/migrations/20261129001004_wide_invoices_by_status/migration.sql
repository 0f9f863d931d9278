CREATE INDEX CONCURRENTLY "invoices_wide_status_idx" ON "invoices"("tenant_id", "status", "id_wide");
