import { randomBytes } from 'node:crypto';
import type { TenantClient } from '@vatevo/db';

/** A secret as Standard Webhooks has them: 256 random bits, base64, behind a prefix. */
export function webhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Gives the tenant a new secret, with which its webhooks are signed from now on. */
export async function newWebhookSecret(tenant: TenantClient): Promise<string> {
  const secret = webhookSecret();
  await tenant.transaction((models) =>
    models.tenant.updateMany({ where: { id: tenant.tenantId }, data: { webhookSecret: secret } }),
  );
  return secret;
}
