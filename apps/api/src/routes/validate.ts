import type { DbClient } from '@vatevo/db';
import { Router } from 'express';
import { validationRequest } from '../contract/invoice-request.ts';
import { authenticate } from '../http/authenticate.ts';
import { jsonBody } from '../http/json-body.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import { validate } from '../http/validate.ts';
import { judge } from '../services/invoices/judge.ts';

/** `POST /validate`: what would be said of an invoice, without storing it. */
export function validateRoutes(db: DbClient): Router {
  const router = Router();
  router
    .route('/validate')
    .post(...jsonBody(), authenticate(db), (request, response) => {
      response.json(judge(validate(validationRequest, request.body, 'body')));
    })
    .all(methodNotAllowed('POST'));
  return router;
}
