import type { DbClient } from '@vatevo/db';
import { Router } from 'express';
import { tenantRequest } from '../contract/tenant-request.ts';
import { tenantResponse } from '../contract/tenant-response.ts';
import type { Access } from '../http/access.ts';
import { caller } from '../http/authenticate.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import { validate } from '../http/validate.ts';
import { createTenant } from '../services/tenants/create-tenant.ts';
import { newWebhookSecret } from '../services/tenants/new-webhook-secret.ts';

/** `POST /tenants` for the operator, the rest for a tenant itself. */
export function tenantRoutes(db: DbClient, access: Access): Router {
  const router = Router();

  router
    .route('/tenants')
    .post(...access.operatorWithBody, async (request, response) => {
      const { tenant, apiKey } = await createTenant(db, validate(tenantRequest, request.body, 'body'));
      const { id, name, ...rest } = tenantResponse(tenant);
      response.set('Cache-Control', 'no-store').json({ id, name, api_key: apiKey, ...rest });
    })
    .all(methodNotAllowed('POST'));

  router
    .route('/tenants/me')
    .get(...access.tenant, (_request, response) => {
      response.json(tenantResponse(caller(response)));
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/tenants/me/webhook-secret')
    .post(...access.tenant, async (_request, response) => {
      const secret = await newWebhookSecret(db.forTenant(caller(response).id));
      response.set('Cache-Control', 'no-store').json({ webhook_secret: secret });
    })
    .all(methodNotAllowed('POST'));

  return router;
}
