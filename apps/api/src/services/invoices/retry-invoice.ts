import type { ExactInvoice, TenantClient } from '@vatevo/db';
import { keptViolations } from '../../contract/violations.ts';
import type { InvoiceRules } from '../../settings.ts';
import { evaluateStored } from './evaluate-stored.ts';
import { statusEvent } from './events.ts';
import type { StoredStatus } from './status.ts';

const RETRYABLE: StoredStatus[] = ['FAILED', 'REJECTED'];

export type RetryResult =
  | { readonly ok: true; readonly invoice: ExactInvoice }
  | { readonly ok: false; readonly reason: 'not found' | 'not retryable' };

/**
 * Makes a failed or rejected invoice `validated` again, writing its UBL
 * document if there is none; where that still cannot be, the invoice stays
 * `failed` and its error message says why. Of several callers at once one wins.
 */
export async function retryInvoice(
  tenant: TenantClient,
  id: number,
  rules: InvoiceRules,
): Promise<RetryResult> {
  const { tenantId } = tenant;
  const invoice = await tenant.invoice(id);
  if (!invoice) return { ok: false, reason: 'not found' };
  if (!RETRYABLE.includes(invoice.status)) return { ok: false, reason: 'not retryable' };

  const evaluated = invoice.hasUblXml ? undefined : await evaluateStored(tenant, invoice, rules);
  const document = evaluated?.document;
  const status = document?.ok === false ? 'FAILED' : 'VALIDATED';

  const won = await tenant.transaction(async (transaction) => {
    const { count } = await transaction.invoice.updateMany({
      where: { tenantId, id, status: { in: RETRYABLE } },
      data: {
        status,
        errorMessage: document?.ok === false ? document.reason : null,
        retryCount: { increment: 1 },
        ...(document?.ok === true ? { ublXml: document.xml } : {}),
        ...(evaluated ? { violations: keptViolations(evaluated.violations) } : {}),
      },
    });
    if (count === 0) return false;
    const { eventType, payload } = statusEvent(status, {
      external_id: invoice.externalId,
      invoice_number: invoice.invoiceNumber,
    });
    const { isActive, webhookUrl } = await transaction.tenant.findUniqueOrThrow({
      where: { id: tenantId },
      select: { isActive: true, webhookUrl: true },
    });
    await transaction.webhookEvent.create({
      data: {
        tenantId,
        invoiceId: id,
        eventType,
        payload: { invoice_id: id, ...payload },
        // An event that nobody wants is at rest from the beginning.
        nextAttemptAt: isActive && webhookUrl ? new Date() : null,
      },
      select: { id: true },
    });
    return true;
  });
  if (!won) return { ok: false, reason: 'not retryable' };

  const retried = await tenant.invoice(id);
  return retried ? { ok: true, invoice: retried } : { ok: false, reason: 'not found' };
}
