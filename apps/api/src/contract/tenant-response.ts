import type { ExactTenant } from '@vatevo/db';

/** A tenant as its owner sees it. */
export function tenantResponse(tenant: ExactTenant) {
  return {
    id: tenant.id,
    name: tenant.name,
    webhook_url: tenant.webhookUrl,
    is_active: tenant.isActive,
    created_at: tenant.createdAt,
  };
}
