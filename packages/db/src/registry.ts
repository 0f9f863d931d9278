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
  /** For how long the one before is taken, by the clock of the database; 0: not any more. */
  readonly graceSeconds: number;
  /** Only when this is the hash of the tenant's present key. */
  readonly byKeyHash?: string | undefined;
}

/** Until when the key that was replaced is taken; null: not any more. */
export interface KeyRotated {
  readonly oldKeyUntil: TimestampText | null;
}

/** The tenants, for those who do not know yet which one they speak for. */
export interface TenantRegistry {
  /** The tenant that holds an API key (see `hashApiKey`), or whose old one it is while that is taken; active or not. */
  findByKeyHash(apiKeyHash: string): Promise<ExactTenant | null>;
  create(tenant: NewTenant): Promise<ExactTenant>;
  /** @returns null when there is no such tenant, or its key is another one */
  rotateKey(rotation: KeyRotation): Promise<KeyRotated | null>;
}
