CREATE UNIQUE INDEX CONCURRENTLY "webhook_events_wide_key" ON "webhook_events"("tenant_id", "id_wide");
