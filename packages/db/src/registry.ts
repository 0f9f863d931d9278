import type { ExactTenant } from './exact/types.ts';

/** What a new tenant is made of. */
export interface NewTenant {
  readonly name: string;
  /** See `hashApiKey`. */
  readonly apiKeyHash: string;
  /** See `apiKeyPrefix`. */
  readonly apiKeyPrefix: string;
  readonly webhookUrl?: string | null | undefined;
  readonly webhookSecret?: string | null | undefined;
}

/** The tenants, for those who do not know yet which one they speak for. */
export interface TenantRegistry {
  /** The tenant that holds an API key (see `hashApiKey`), active or not, or null. */
  findByKeyHash(apiKeyHash: string): Promise<ExactTenant | null>;
  create(tenant: NewTenant): Promise<ExactTenant>;
}
