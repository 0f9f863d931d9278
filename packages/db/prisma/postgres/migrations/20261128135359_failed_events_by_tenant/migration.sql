-- The events of each tenant of which no attempt will be made any more, by id: few among many that arrived. (Prisma cannot
-- express it.) An event that is delivered at once is never in it.
CREATE INDEX CONCURRENTLY "webhook_events_failed_idx" ON "webhook_events"("tenant_id", "id") WHERE NOT "delivered" AND "next_attempt_at" IS NULL;
