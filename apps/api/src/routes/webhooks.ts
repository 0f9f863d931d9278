import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantClient } from '@vatevo/db';
import { type Request, type Response, Router } from 'express';
import { nextPage } from '../contract/next-page.ts';
import { eventListQuery, eventPath, webhookChange } from '../contract/webhook-request.ts';
import { eventResponse, webhookResponse } from '../contract/webhook-response.ts';
import type { Access } from '../http/access.ts';
import { HttpError } from '../http/answer.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import type { TenantOf } from '../http/position.ts';
import { sendJson } from '../http/send-json.ts';
import { validate } from '../http/validate.ts';
import { CHANGED_MS } from '../webhooks/destinations.ts';

/** Events that one call makes due again. */
const MAX_AGAIN = 10_000;

const EVENTS = '/tenants/me/webhook/events';

const eventNotFound = () => new HttpError(404, 'Event not found');

function eventId(request: Request): number {
  const { event_id: id } = validate(eventPath, request.params, 'path');
  if (id === undefined) throw eventNotFound();
  return id;
}

/** Where a tenant's events go, and what became of them. */
export function webhookRoutes(tenant: TenantOf, access: Access): Router {
  const router = Router();
  const events = (request: Request, response: Response) => tenant(request, response).webhook;

  router
    .route('/tenants/me/webhook')
    .get(access.tenant, async (request, response) => {
      sendJson(response, webhookResponse(await events(request, response).settings()));
    })
    .patch(access.tenantWithBody, async (request, response) => {
      const { webhook_url: webhookUrl, paused: isPaused } = validate(webhookChange, request.body, 'body');
      const changed = await events(request, response).change({ webhookUrl, isPaused });
      // From the answer on nothing begins to go where it went before.
      if (webhookUrl !== undefined || isPaused) await sleep(CHANGED_MS);
      sendJson(response, webhookResponse(changed));
    })
    .all(methodNotAllowed('GET', 'PATCH'));

  router
    .route(EVENTS)
    .get(access.tenant, async (request, response) => {
      const { limit, state, after } = validate(eventListQuery, request.query, 'query');
      const found = await events(request, response).list({ state, after, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      if (last && found.length > page.length)
        response.setHeader('Link', nextPage(EVENTS, { limit, filter: { state } }, last.id));
      sendJson(response, page.map(eventResponse));
    })
    .all(methodNotAllowed('GET'));

  router
    .route(`${EVENTS}/send`)
    .post(access.tenant, async (request, response) => {
      await requireWebhook(events(request, response));
      const count = await events(request, response).sendFailedAgain(MAX_AGAIN);
      sendJson(response, { events: count, more: count === MAX_AGAIN });
    })
    .all(methodNotAllowed('POST'));

  router
    .route(`${EVENTS}/:event_id/send`)
    .post(access.tenant, async (request, response) => {
      const id = eventId(request);
      await requireWebhook(events(request, response));
      const event = await events(request, response).sendAgain(id);
      if (!event) throw eventNotFound();
      sendJson(response, eventResponse(event));
    })
    .all(methodNotAllowed('POST'));

  return router;
}

async function requireWebhook(webhook: TenantClient['webhook']): Promise<void> {
  const { webhookUrl } = await webhook.settings();
  if (!webhookUrl) throw new HttpError(409, 'There is no webhook_url to send to; set one first');
}
