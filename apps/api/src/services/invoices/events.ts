import type { StoredStatus } from './status.ts';

/** An event for the tenant's webhook, still without the id of its invoice. */
export interface StatusEvent {
  readonly eventType: string;
  readonly payload: {
    readonly external_id: string;
    readonly invoice_number: string;
    readonly status: string;
  };
}

/** Tells that an invoice has reached `stored`. The receiver finds the invoice's id beside it, as `invoice_id`. */
export function statusEvent(
  stored: StoredStatus,
  invoice: { readonly external_id: string; readonly invoice_number: string },
): StatusEvent {
  const status = stored.toLowerCase();
  return {
    eventType: `invoice.${status}`,
    payload: { external_id: invoice.external_id, invoice_number: invoice.invoice_number, status },
  };
}
