-- Deliveries are claimed by "webhook_events_tenant_due_idx" and "webhook_events_failed_idx" alone. Nothing reads this one any more
-- but vatevo_claim_deliveries, which no release calls, and every event was written into it.
DROP INDEX CONCURRENTLY "webhook_events_due_idx";
