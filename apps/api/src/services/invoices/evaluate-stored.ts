import type { ExactInvoice, TenantClient } from '@vatevo/db';
import type { InvoiceRules } from '../../settings.ts';
import { contentOfStored, storedContent } from './content.ts';
import { type Evaluated, evaluate } from './evaluate.ts';

/** Makes the document of a stored invoice from what is stored, as {@link evaluate} does. */
export async function evaluateStored(
  tenant: TenantClient,
  invoice: ExactInvoice,
  rules: InvoiceRules,
): Promise<Pick<Evaluated, 'document' | 'violations'>> {
  const { tenantId, id } = invoice;
  const stored = await tenant.transaction((models) =>
    models.invoice.findUnique({
      where: { tenantId_id: { tenantId, id } },
      select: { supplierData: true, customerData: true, lineItems: true, documentData: true },
    }),
  );
  const parsed = storedContent.safeParse(stored);
  if (!parsed.success) {
    const columns = new Set(parsed.error.issues.map((issue) => issue.path[0]));
    const reason = `No UBL document can be made: ${[...columns].join(', ')} of the stored invoice is incomplete`;
    return { document: { ok: false, reason }, violations: [] };
  }
  return evaluate(contentOfStored(invoice, parsed.data), rules);
}
