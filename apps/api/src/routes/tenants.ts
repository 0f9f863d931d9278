import { setTimeout as sleep } from 'node:timers/promises';
import type { DbClient } from '@vatevo/db';
import { type Response, Router } from 'express';
import { tenantRequest } from '../contract/tenant-request.ts';
import { tenantResponse } from '../contract/tenant-response.ts';
import { keyRotation, tenantPath } from '../contract/webhook-request.ts';
import type { Access } from '../http/access.ts';
import { HttpError } from '../http/answer.ts';
import { caller, callersKeyHash } from '../http/authenticate.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import type { TenantOf } from '../http/position.ts';
import { validate } from '../http/validate.ts';
import { createTenant } from '../services/tenants/create-tenant.ts';
import { type RotatedKey, rotateApiKey } from '../services/tenants/new-api-key.ts';
import { newWebhookSecret } from '../services/tenants/new-webhook-secret.ts';
import { CHANGED_MS } from '../webhooks/destinations.ts';

/** `POST /tenants` for the operator, the rest for a tenant itself. */
export function tenantRoutes(db: DbClient, tenant: TenantOf, access: Access): Router {
  const router = Router();

  router
    .route('/tenants')
    .post(access.operatorWithBody, async (request, response) => {
      const { tenant, apiKey } = await createTenant(db, validate(tenantRequest, request.body, 'body'));
      const { id, name, ...rest } = tenantResponse(tenant);
      response.set('Cache-Control', 'no-store').json({ id, name, api_key: apiKey, ...rest });
    })
    .all(methodNotAllowed('POST'));

  router
    .route('/tenants/me')
    .get(access.tenant, (_request, response) => {
      response.json(tenantResponse(caller(response)));
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/tenants/me/webhook-secret')
    .post(access.tenant, async (request, response) => {
      const secret = await newWebhookSecret(tenant(request, response));
      // From the answer on nothing is signed with the one before.
      await sleep(CHANGED_MS);
      response.set('Cache-Control', 'no-store').json({ webhook_secret: secret });
    })
    .all(methodNotAllowed('POST'));

  router
    .route('/tenants/me/api-key')
    .post(access.tenantWithBody, async (request, response) => {
      const { grace_seconds: graceSeconds } = validate(keyRotation, request.body, 'body');
      const tenantId = caller(response).id;
      const rotated = await rotateApiKey(db, { tenantId, graceSeconds, byKeyHash: callersKeyHash(response) });
      if (!rotated) throw new HttpError(409, 'This key was replaced itself; use the one that replaced it');
      sendKey(response, rotated);
    })
    .all(methodNotAllowed('POST'));

  router
    .route('/tenants/:tenant_id/api-key')
    .post(access.operatorWithBody, async (request, response) => {
      const { tenant_id: tenantId } = validate(tenantPath, request.params, 'path');
      const { grace_seconds: graceSeconds } = validate(keyRotation, request.body, 'body');
      const rotated = tenantId === undefined ? undefined : await rotateApiKey(db, { tenantId, graceSeconds });
      if (!rotated) throw new HttpError(404, 'Tenant not found');
      sendKey(response, rotated);
    })
    .all(methodNotAllowed('POST'));

  return router;
}

function sendKey(response: Response, { apiKey, oldKeyUntil }: RotatedKey): void {
  response.set('Cache-Control', 'no-store').json({ api_key: apiKey, old_key_until: oldKeyUntil });
}
