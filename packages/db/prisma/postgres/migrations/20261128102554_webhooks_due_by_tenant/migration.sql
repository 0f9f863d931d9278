-- The deliveries of each tenant in the order in which they are due: what one tenant has waiting is never looked through
-- to find what another one has. (Prisma cannot express it.)
CREATE INDEX CONCURRENTLY "webhook_events_tenant_due_idx" ON "webhook_events"("tenant_id", "next_attempt_at") WHERE NOT "delivered" AND "next_attempt_at" IS NOT NULL;
