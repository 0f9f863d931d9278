import type { DbClient } from '@vatevo/db';
import { Router } from 'express';
import { tenantRequest } from '../contract/tenant-request.ts';
import { tenantResponse } from '../contract/tenant-response.ts';
import { authenticate, caller } from '../http/authenticate.ts';
import { jsonBody } from '../http/json-body.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import { operatorOnly } from '../http/operator.ts';
import { validate } from '../http/validate.ts';
import { createTenant } from '../services/tenants/create-tenant.ts';
import type { ApiConfig } from '../settings.ts';

/** `POST /tenants` for the operator, `GET /tenants/me` for a tenant itself. */
export function tenantRoutes(db: DbClient, config: ApiConfig): Router {
  const router = Router();

  router
    .route('/tenants')
    .post(...jsonBody(), operatorOnly(config), async (request, response) => {
      const { tenant, apiKey } = await createTenant(db, validate(tenantRequest, request.body, 'body'));
      const { id, name, ...rest } = tenantResponse(tenant);
      response.json({ id, name, api_key: apiKey, ...rest });
    })
    .all(methodNotAllowed('POST'));

  router
    .route('/tenants/me')
    .get(authenticate(db), (_request, response) => {
      response.json(tenantResponse(caller(response)));
    })
    .all(methodNotAllowed('GET'));

  return router;
}
