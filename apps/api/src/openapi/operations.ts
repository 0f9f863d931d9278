import { z } from 'zod';
import { invoicePath } from '../contract/invoice-path.ts';
import { invoiceRequest, validationRequest } from '../contract/invoice-request.ts';
import { listQuery } from '../contract/list-query.ts';
import {
  apiKeyAnswer,
  databaseErrorAnswer,
  databaseOkAnswer,
  errorAnswer,
  eventAnswer,
  eventListAnswer,
  healthAnswer,
  healthzAnswer,
  invoiceAnswer,
  invoiceListAnswer,
  newTenantAnswer,
  problemsAnswer,
  sentAgainAnswer,
  tenantAnswer,
  validationAnswer,
  webhookAnswer,
  webhookSecretAnswer,
} from '../contract/responses.ts';
import { tenantRequest } from '../contract/tenant-request.ts';
import {
  eventListQuery,
  eventPath,
  keyRotation,
  tenantPath,
  webhookChange,
} from '../contract/webhook-request.ts';

/** What an answer holds: JSON of a schema, or text of another media type. */
export type Content = z.ZodType | { readonly mediaType: string };

/** One call of the API, as data. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  /** Whose bearer token it takes. */
  readonly caller?: 'tenant' | 'operator' | 'monitoring';
  readonly pathParameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status: what it means, and what it holds. */
  readonly answers: Readonly<Record<number, readonly [description: string, content: Content]>>;
}

const BAD_REQUEST = { 400: ['The request cannot be understood', errorAnswer] } as const;
const UNAUTHENTICATED = {
  401: ['Nobody holds this key, or its tenant is inactive', errorAnswer],
  403: ['No key was sent', errorAnswer],
} as const;
const FAULTY = { 422: ['Something in the request is wrong; all of it is listed', problemsAnswer] } as const;
const TOO_LARGE = {
  413: ['The body is larger than 1 MB', errorAnswer],
  415: ['The body is compressed in an unknown way', errorAnswer],
  501: ['The body is sent in an unknown transfer coding', errorAnswer],
} as const;
const NOT_FOUND = { 404: ['The tenant has no such invoice', errorAnswer] } as const;
const NO_EVENT = { 404: ['The tenant has no such event', errorAnswer] } as const;
const NO_TENANT = { 404: ['There is no such tenant', errorAnswer] } as const;
const NO_WEBHOOK = { 409: ['The tenant has no webhook to send to', errorAnswer] } as const;
/** Of every call that needs the database. */
const UNAVAILABLE = {
  429: ['Too many requests; see Retry-After', errorAnswer],
  500: ['A fault of the server', errorAnswer],
  503: ['The database is away, busy, being handed over or not ready; see Retry-After', errorAnswer],
} as const;

const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description: 'A name of the request: sent again within a day, it gets the first answer and does nothing',
  }),
});

const CALLS: readonly Operation[] = [
  {
    method: 'get',
    path: '/health',
    summary: 'Whether the process answers',
    answers: { 200: ['It does', healthAnswer] },
  },
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process answers, under its old name',
    answers: { 200: ['It does', healthzAnswer] },
  },
  {
    method: 'get',
    path: '/health/db',
    summary: 'Whether data can be served',
    answers: { 200: ['It can', databaseOkAnswer], 503: ['It cannot, and why', databaseErrorAnswer] },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'What there is to watch, for Prometheus',
    caller: 'monitoring',
    answers: { 200: ['The metrics', { mediaType: 'text/plain' }] },
  },
  {
    method: 'post',
    path: '/tenants',
    summary: 'Create a tenant',
    caller: 'operator',
    body: tenantRequest,
    answers: { 200: ['The tenant, with its key', newTenantAnswer] },
  },
  {
    method: 'get',
    path: '/tenants/me',
    summary: 'The tenant that holds the key',
    caller: 'tenant',
    answers: { 200: ['The tenant', tenantAnswer] },
  },
  {
    method: 'post',
    path: '/tenants/me/webhook-secret',
    summary: 'Make a new secret, with which webhooks are signed from now on',
    caller: 'tenant',
    answers: { 200: ['The secret, shown this once', webhookSecretAnswer] },
  },
  {
    method: 'get',
    path: '/tenants/me/webhook',
    summary: 'Where events go, and whether they wait',
    caller: 'tenant',
    answers: { 200: ['The webhook', webhookAnswer] },
  },
  {
    method: 'patch',
    path: '/tenants/me/webhook',
    summary: "Change the webhook's URL, pause it, or go on",
    caller: 'tenant',
    body: webhookChange,
    answers: { 200: ['The webhook as it is now', webhookAnswer] },
  },
  {
    method: 'get',
    path: '/tenants/me/webhook/events',
    summary: 'List webhook events, by id',
    caller: 'tenant',
    query: eventListQuery,
    answers: { 200: ['A page', eventListAnswer] },
  },
  {
    method: 'post',
    path: '/tenants/me/webhook/events/send',
    summary: 'Send all failed events again',
    caller: 'tenant',
    answers: {
      200: ['How many are due again', sentAgainAnswer],
      ...NO_WEBHOOK,
    },
  },
  {
    method: 'post',
    path: '/tenants/me/webhook/events/{event_id}/send',
    summary: 'Send one event again, whatever became of it',
    caller: 'tenant',
    pathParameters: eventPath,
    answers: {
      200: ['The event, due now', eventAnswer],
      ...NO_EVENT,
      ...NO_WEBHOOK,
    },
  },
  {
    method: 'post',
    path: '/tenants/me/api-key',
    summary: 'Make a new API key; the one before it is taken for a while',
    caller: 'tenant',
    body: keyRotation,
    answers: {
      200: ['The key, shown this once', apiKeyAnswer],
      409: ['The key that was sent has been replaced itself', errorAnswer],
    },
  },
  {
    method: 'post',
    path: '/tenants/{tenant_id}/api-key',
    summary: 'Make a new API key for a tenant that has lost his',
    caller: 'operator',
    pathParameters: tenantPath,
    body: keyRotation,
    answers: {
      200: ['The key, shown this once', apiKeyAnswer],
      ...NO_TENANT,
    },
  },
  {
    method: 'get',
    path: '/invoices',
    summary: 'List invoices, by id',
    caller: 'tenant',
    query: listQuery,
    answers: { 200: ['A page', invoiceListAnswer] },
  },
  {
    method: 'post',
    path: '/invoices',
    summary: 'Create an invoice',
    caller: 'tenant',
    headers: idempotencyHeaders,
    body: invoiceRequest,
    answers: { 200: ['The invoice', invoiceAnswer] },
  },
  {
    method: 'get',
    path: '/invoices/{invoice_id}',
    summary: 'One invoice',
    caller: 'tenant',
    pathParameters: invoicePath,
    answers: {
      200: ['The invoice', invoiceAnswer],
      ...NOT_FOUND,
    },
  },
  {
    method: 'get',
    path: '/invoices/{invoice_id}/ubl',
    summary: "An invoice's UBL 2.1 document",
    caller: 'tenant',
    pathParameters: invoicePath,
    answers: {
      200: ['The document', { mediaType: 'application/xml' }],
      ...NOT_FOUND,
    },
  },
  {
    method: 'post',
    path: '/invoices/{invoice_id}/retry',
    summary: 'Validate a failed or rejected invoice again',
    caller: 'tenant',
    pathParameters: invoicePath,
    answers: {
      200: ['The invoice', invoiceAnswer],
      400: ['It is neither failed nor rejected', errorAnswer],
      ...NOT_FOUND,
    },
  },
  {
    method: 'post',
    path: '/validate',
    summary: 'Validate an invoice without storing it',
    caller: 'tenant',
    body: validationRequest,
    answers: { 200: ['The result', validationAnswer] },
  },
];

/** What a call may be answered besides, which follows from what it takes, and from whom. */
function usualAnswers({ caller, pathParameters, query, body }: Operation): Operation['answers'] {
  return {
    ...((pathParameters ?? body) && BAD_REQUEST),
    ...(caller && UNAUTHENTICATED),
    ...(body && TOO_LARGE),
    ...((pathParameters ?? query ?? body) && FAULTY),
    ...(caller && caller !== 'monitoring' && UNAVAILABLE),
  };
}

/** Every call that the API answers; a test holds this list against the routes. */
export const OPERATIONS: readonly Operation[] = CALLS.map((call) => ({
  ...call,
  answers: { ...usualAnswers(call), ...call.answers },
}));
