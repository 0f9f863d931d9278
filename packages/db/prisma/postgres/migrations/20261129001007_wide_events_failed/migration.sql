CREATE INDEX CONCURRENTLY "webhook_events_wide_failed_idx" ON "webhook_events"("tenant_id", "id_wide") WHERE NOT "delivered" AND "next_attempt_at" IS NULL;
