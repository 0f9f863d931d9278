import type { DbClient } from '@vatevo/db';
import type { RequestHandler } from 'express';
import type { Store } from 'express-rate-limit';
import type { ApiConfig } from '../settings.ts';
import { authenticate } from './authenticate.ts';
import { Guesses } from './guesses.ts';
import { inTurn } from './in-turn.ts';
import { jsonBody } from './json-body.ts';
import { operatorOnly } from './operator.ts';
import { limitAddresses, limitTenants } from './rate-limit.ts';
import { takeTurns } from './turns.ts';
import { unreadAnswers } from './unread-answers.ts';

/**
 * Who may make a call, as what stands before its route. Nothing of a body is read before it is known who sends it.
 */
export interface Access {
  readonly guesses: Guesses;
  /** An active tenant, at its own rate, and a few of its requests at a time. */
  readonly tenant: RequestHandler;
  /** The same, who sends JSON. */
  readonly tenantWithBody: RequestHandler;
  /** The operator, who sends JSON. */
  readonly operatorWithBody: RequestHandler;
}

/** @param storeFor where requests are counted, by the name of the limit; in this process when left out */
export function accessTo(db: DbClient, config: ApiConfig, storeFor?: (name: string) => Store): Access {
  const { rateLimit } = config;
  const guesses = new Guesses(rateLimit > 0, storeFor?.('guesses'));
  const known = [authenticate(db, guesses), limitTenants(rateLimit, storeFor?.('tenant'))];
  // Half of the connections are always there for others.
  const turns = [takeTurns(Math.ceil(config.pool.size / 2)), unreadAnswers()];
  const body = jsonBody();
  return {
    guesses,
    tenant: inTurn(...known, ...turns),
    // A body is there before its turn comes: it may be slow.
    tenantWithBody: inTurn(...known, body.arrive, ...turns, body.parse),
    operatorWithBody: inTurn(
      limitAddresses(rateLimit, storeFor?.('address')),
      operatorOnly(config, guesses),
      body.arrive,
      body.parse,
    ),
  };
}
