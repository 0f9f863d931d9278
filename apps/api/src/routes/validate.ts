import { Router } from 'express';
import { validationRequest } from '../contract/invoice-request.ts';
import type { Access } from '../http/access.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import { validate } from '../http/validate.ts';
import { validateInvoice } from '../services/invoices/validate-invoice.ts';

/** `POST /validate`: what would be said of an invoice, without storing it. */
export function validateRoutes(access: Access): Router {
  const router = Router();
  router
    .route('/validate')
    .post(access.tenantWithBody, (request, response) => {
      response.json(validateInvoice(validate(validationRequest, request.body, 'body')));
    })
    .all(methodNotAllowed('POST'));
  return router;
}
