import type { DbClient } from '@vatevo/db';

/** The UBL document of one of the tenant's invoices; undefined when there is no such invoice or document. */
export async function readUbl(db: DbClient, tenantId: number, id: number): Promise<string | undefined> {
  const row = await db.invoice.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { ublXml: true },
  });
  return row?.ublXml ?? undefined;
}
