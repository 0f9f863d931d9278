import type { ExactInvoice, TenantClient } from '@vatevo/db';
import { z } from 'zod';
import { customer, lineItem, supplier } from '../../contract/invoice-request.ts';
import { buildUbl, type UblResult } from '../../ubl/build.ts';

/** What an invoice's JSON columns must hold for a document to be made of them. */
const content = z.object({ supplierData: supplier, customerData: customer, lineItems: z.array(lineItem) });

/** The UBL document of a stored invoice, made from what is stored; its dates are the UTC days. */
export async function rebuildUbl(tenant: TenantClient, invoice: ExactInvoice): Promise<UblResult> {
  const { tenantId, id } = invoice;
  const stored = await tenant.transaction((models) =>
    models.invoice.findUnique({
      where: { tenantId_id: { tenantId, id } },
      select: { supplierData: true, customerData: true, lineItems: true },
    }),
  );
  const parsed = content.safeParse(stored);
  if (!parsed.success) {
    const columns = new Set(parsed.error.issues.map((issue) => issue.path[0]));
    return {
      ok: false,
      reason: `No UBL document can be made: ${[...columns].join(', ')} of the stored invoice is incomplete`,
    };
  }
  return buildUbl({
    ...invoice,
    issueDate: invoice.issueDate.slice(0, 10),
    dueDate: invoice.dueDate?.slice(0, 10) ?? null,
    supplier: parsed.data.supplierData,
    customer: parsed.data.customerData,
    lines: parsed.data.lineItems,
  });
}
