import type { ExactEvent, TenantWebhook } from '@vatevo/db';

export function webhookResponse({ webhookUrl, isPaused }: TenantWebhook) {
  return { webhook_url: webhookUrl, paused: isPaused };
}

/** An event as its tenant sees it. */
export function eventResponse(event: ExactEvent) {
  return {
    id: event.id,
    invoice_id: event.invoiceId,
    type: event.eventType,
    state: event.state,
    attempts: event.deliveryAttempts,
    last_attempt_at: event.lastAttemptAt,
    next_attempt_at: event.nextAttemptAt,
    created_at: event.createdAt,
  };
}
