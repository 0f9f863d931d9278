import type { ExactTenant, TimestampText } from './exact/types.ts';

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

/** A key that takes the place of a tenant's present one. */
export interface KeyRotation {
  readonly tenantId: number;
  readonly apiKeyHash: string;
  readonly apiKeyPrefix: string;
  /** Until when the one before is taken; null: not any more. */
  readonly oldKeyUntil: TimestampText | null;
  /** Only when this is the hash of the tenant's present key. */
  readonly byKeyHash?: string | undefined;
}

/** The tenants, for those who do not know yet which one they speak for. */
export interface TenantRegistry {
  /** The tenant that holds an API key (see `hashApiKey`), or whose old one it is while that is taken; active or not. */
  findByKeyHash(apiKeyHash: string): Promise<ExactTenant | null>;
  create(tenant: NewTenant): Promise<ExactTenant>;
  /** @returns whether there is such a tenant, with that key */
  rotateKey(rotation: KeyRotation): Promise<boolean>;
}
