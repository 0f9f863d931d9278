-- The deliveries of each tenant in the order in which they are due.
CREATE INDEX "webhook_events_tenant_due_idx" ON "webhook_events"("tenant_id", "next_attempt_at") WHERE NOT "delivered" AND "next_attempt_at" IS NOT NULL;
