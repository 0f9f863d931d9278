import { apiKeyPrefix, type DbClient, type ExactTenant, hashApiKey } from '@vatevo/db';
import type { TenantRequest } from '../../contract/tenant-request.ts';
import { newApiKey } from './new-api-key.ts';
import { webhookSecret } from './new-webhook-secret.ts';

/** A new tenant and its key, which is nowhere to be found again. */
export interface NewTenant {
  readonly tenant: ExactTenant;
  readonly apiKey: string;
}

export async function createTenant(db: DbClient, request: TenantRequest): Promise<NewTenant> {
  const apiKey = newApiKey();
  const tenant = await db.registry.create({
    name: request.name,
    apiKeyHash: hashApiKey(apiKey),
    apiKeyPrefix: apiKeyPrefix(apiKey),
    webhookUrl: request.webhook_url,
    webhookSecret: request.webhook_url === null ? null : webhookSecret(),
  });
  return { tenant, apiKey };
}
