import type { TenantInvoices } from '@vatevo/db';
import { type Request, Router } from 'express';
import { invoicePath } from '../contract/invoice-path.ts';
import { invoiceRequest } from '../contract/invoice-request.ts';
import { invoiceResponse } from '../contract/invoice-response.ts';
import { listQuery, MAX_PAGE_BYTES } from '../contract/list-query.ts';
import { nextPage } from '../contract/next-page.ts';
import type { Access } from '../http/access.ts';
import { HttpError } from '../http/answer.ts';
import { caller } from '../http/authenticate.ts';
import { repeatable } from '../http/idempotency-key.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import type { TenantOf } from '../http/position.ts';
import { JSON_TYPE, sendJson, sendTagged } from '../http/send-json.ts';
import { validate } from '../http/validate.ts';
import { createInvoice } from '../services/invoices/create-invoice.ts';
import { readUbl } from '../services/invoices/read-ubl.ts';
import { retryInvoice } from '../services/invoices/retry-invoice.ts';
import { storedStatus } from '../services/invoices/status.ts';
import type { InvoiceRules } from '../settings.ts';

const invoiceNotFound = () => new HttpError(404, 'Invoice not found');

/** The id in the path; one that no invoice can have is 404 like one that none has. */
function invoiceId(request: Request): number {
  const text = request.params.invoice_id as string;
  // As nearly all of them are; the schema says the same of it.
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const { invoice_id: id } = validate(invoicePath, request.params, 'path');
  if (id === undefined) throw invoiceNotFound();
  return id;
}

/** Everything under `/invoices`; each call sees its own tenant's invoices only, and `rulesFor` says which rules it enforces. */
export function invoiceRoutes(
  tenant: TenantOf,
  access: Access,
  rulesFor: (tenantId: number) => InvoiceRules,
): Router {
  const router = Router();

  router
    .route('/invoices')
    .get(access.tenant, async (request, response) => {
      const { status, ...bounds } = validate(listQuery, request.query, 'query');
      const { invoices, more } = await tenant(request, response).page({
        ...(status === undefined ? {} : { status: storedStatus(status) }),
        ...bounds,
        maxBytes: MAX_PAGE_BYTES,
      });
      const last = invoices.at(-1);
      const page = { limit: bounds.limit, filter: { status } };
      if (more && last) response.setHeader('Link', nextPage('/invoices', page, last.id));
      sendTagged(request, response, JSON_TYPE, JSON.stringify(invoices.map(invoiceResponse)));
    })
    .post(access.tenantWithBody, async (request, response) => {
      const repetition = repeatable(request);
      const body = validate(invoiceRequest, request.body, 'body');
      const rules = rulesFor(caller(response).id);
      const create = async (invoices: TenantInvoices) =>
        invoiceResponse(await createInvoice(invoices, body, rules));
      if (repetition === undefined) {
        sendJson(response, await create(tenant(request, response)));
        return;
      }
      const { answer, repeated } = await tenant(request, response).answerOnce(repetition, async (inside) =>
        JSON.stringify(await create(inside)),
      );
      if (repeated) response.set('Idempotent-Replayed', 'true');
      response.type('json').send(answer);
    })
    .all(methodNotAllowed('GET', 'POST'));

  router
    .route('/invoices/:invoice_id')
    .get(access.tenant, async (request, response) => {
      const invoice = await tenant(request, response).invoice(invoiceId(request));
      if (!invoice) throw invoiceNotFound();
      sendTagged(request, response, JSON_TYPE, JSON.stringify(invoiceResponse(invoice)));
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/invoices/:invoice_id/ubl')
    .get(access.tenant, async (request, response) => {
      const xml = await readUbl(tenant(request, response), invoiceId(request));
      if (xml === undefined) throw invoiceNotFound();
      sendTagged(request, response, 'application/xml; charset=utf-8', xml);
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/invoices/:invoice_id/retry')
    .post(access.tenant, async (request, response) => {
      const rules = rulesFor(caller(response).id);
      const result = await retryInvoice(tenant(request, response), invoiceId(request), rules);
      if (result.ok) sendJson(response, invoiceResponse(result.invoice));
      else if (result.reason === 'not found') throw invoiceNotFound();
      else throw new HttpError(400, 'Only failed or rejected invoices can be retried');
    })
    .all(methodNotAllowed('POST'));

  return router;
}
