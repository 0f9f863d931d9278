import type { TenantClient } from '@vatevo/db';

/** The UBL document of one of the tenant's invoices; undefined when there is no such invoice or document. */
export async function readUbl(tenant: TenantClient, id: number): Promise<string | undefined> {
  const row = await tenant.transaction(({ invoice }) =>
    invoice.findUnique({
      where: { tenantId_id: { tenantId: tenant.tenantId, id } },
      select: { ublXml: true },
    }),
  );
  return row?.ublXml ?? undefined;
}
