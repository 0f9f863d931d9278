import { z } from 'zod';
import { idInPath } from './integer.ts';
import { pageSize, position, wordOrAll } from './list-query.ts';
import { webhookUrl } from './tenant-request.ts';

/** Body of `PATCH /tenants/me/webhook`: what it does not name stays as it is. */
export const webhookChange = z.object({
  webhook_url: webhookUrl
    .nullable()
    .optional()
    .meta({ description: 'null: no events are delivered any more' }),
  paused: z.boolean().optional().meta({ description: 'While it is so, events wait and none is lost' }),
});

/** Seconds for which a key goes on being taken after it was replaced: a day, at most thirty. */
const DEFAULT_GRACE = 86_400;
const MAX_GRACE = 30 * 86_400;

/** Body of the calls that replace an API key; it may be left out. */
export const keyRotation = z
  .object({
    grace_seconds: z
      .int({ error: 'Input should be a valid integer' })
      .min(0, { error: 'Input should be greater than or equal to 0' })
      .max(MAX_GRACE, { error: `Input should be less than or equal to ${MAX_GRACE}` })
      .default(DEFAULT_GRACE)
      .meta({ description: 'For how long the key that is replaced is still taken; 0: not at all' }),
  })
  .default({ grace_seconds: DEFAULT_GRACE });

export const eventState = z.enum(['pending', 'failed', 'delivered']);

/** Query of `GET /tenants/me/webhook/events`. */
export const eventListQuery = z.object({
  state: wordOrAll(eventState).meta({
    description:
      '`failed`: no attempt will be made, because all of them failed, or because nobody wanted the event (0 attempts)',
  }),
  limit: pageSize('The most events to list, 100 when left out'),
  after: position('Only events of a greater id: the last one of the page before'),
});

export const eventPath = z.object({ event_id: idInPath });
export const tenantPath = z.object({ tenant_id: idInPath });
