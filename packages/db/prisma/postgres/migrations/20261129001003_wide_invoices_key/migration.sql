CREATE UNIQUE INDEX CONCURRENTLY "invoices_wide_key" ON "invoices"("tenant_id", "id_wide");
