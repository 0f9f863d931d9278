import type { DbClient } from '@vatevo/db';
import type { RequestHandler } from 'express';
import type { Store } from 'express-rate-limit';
import type { ApiConfig } from '../settings.ts';
import { authenticate } from './authenticate.ts';
import { Guesses } from './guesses.ts';
import { jsonBody } from './json-body.ts';
import { operatorOnly } from './operator.ts';
import { limitAddresses, limitTenants } from './rate-limit.ts';

/**
 * Who may make a call, as what stands before its route. Nothing of a body is read before it is known who sends it.
 */
export interface Access {
  readonly guesses: Guesses;
  /** An active tenant, at its own rate. */
  readonly tenant: RequestHandler[];
  /** The same, who sends JSON. */
  readonly tenantWithBody: RequestHandler[];
  /** The operator, who sends JSON. */
  readonly operatorWithBody: RequestHandler[];
}

/** @param storeFor where requests are counted, by the name of the limit; in this process when left out */
export function accessTo(db: DbClient, config: ApiConfig, storeFor?: (name: string) => Store): Access {
  const { rateLimit } = config;
  const guesses = new Guesses(rateLimit > 0, storeFor?.('guesses'));
  const tenant = [authenticate(db, guesses), limitTenants(rateLimit, storeFor?.('tenant'))];
  const body = jsonBody();
  return {
    guesses,
    tenant,
    tenantWithBody: [...tenant, ...body],
    operatorWithBody: [
      limitAddresses(rateLimit, storeFor?.('address')),
      operatorOnly(config, guesses),
      ...body,
    ],
  };
}
