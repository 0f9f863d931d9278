import type { DbClient, TenantClient } from '@vatevo/db';
import type { Request, RequestHandler, Response } from 'express';
import { caller, callerId } from './authenticate.ts';

/** Where a tenant's last write can be read; sent back, the reads that carry it are at least as new. */
const HEADER = 'Vatevo-Position';

/** The database as the caller's tenant sees it, for one request. */
export type TenantOf = (request: Request, response: Response) => TenantClient;

/**
 * Reads may go to a replica, for GET alone: what leads to a write is decided on the primary.
 *
 * @param remembersAll whether every write of a tenant's is made by this process, so that what it remembers is enough; where
 *   others answer, too, only a request with the header may be answered by a replica
 */
export function tenantOf(db: DbClient, remembersAll: boolean): TenantOf {
  return (request, response) => {
    const after = request.get(HEADER);
    const mayReplica = request.method === 'GET' && (remembersAll || after !== undefined);
    return db.forTenant(caller(response).id, { from: mayReplica ? 'replica' : 'primary', after });
  };
}

/** Tells in the answer to whatever may have written where that can be read. */
export function tellPosition(db: DbClient): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET') {
      const { writeHead } = response;
      response.writeHead = ((...args: Parameters<typeof writeHead>) => {
        const id = callerId(response);
        const position = id === undefined ? undefined : db.forTenant(id).position;
        if (position !== undefined && !response.headersSent) response.setHeader(HEADER, position);
        return Reflect.apply(writeHead, response, args);
      }) as typeof writeHead;
    }
    next();
  };
}
