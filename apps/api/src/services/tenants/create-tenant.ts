import { randomBytes } from 'node:crypto';
import { apiKeyPrefix, type DbClient, type ExactTenant, hashApiKey } from '@vatevo/db';
import type { TenantRequest } from '../../contract/tenant-request.ts';

/** A new tenant and its key, which is nowhere to be found again. */
export interface NewTenant {
  readonly tenant: ExactTenant;
  readonly apiKey: string;
}

/** 128 random bits in the form that the replaced service gave out. */
function newApiKey(): string {
  return `vat_${randomBytes(16).toString('hex')}`;
}

export async function createTenant(db: DbClient, request: TenantRequest): Promise<NewTenant> {
  const apiKey = newApiKey();
  const apiKeyHash = hashApiKey(apiKey);
  await db.tenant.create({
    data: {
      name: request.name,
      webhookUrl: request.webhook_url,
      apiKeyHash,
      apiKeyPrefix: apiKeyPrefix(apiKey),
    },
    select: { id: true },
  });
  const tenant = await db.exact.tenantByApiKeyHash(apiKeyHash);
  if (!tenant) throw new Error('The tenant just created is not there.');
  return { tenant, apiKey };
}
