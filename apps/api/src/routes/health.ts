import { Router } from 'express';
import { methodNotAllowed } from '../http/not-found.ts';
import type { DatabaseHealth } from '../services/health/database-health.ts';

/**
 * `/health` and `/healthz` tell that the process answers and never touch the
 * database; `/health/db` tells whether data can be served.
 */
export function healthRoutes(checkDatabase: () => Promise<DatabaseHealth>): Router {
  const router = Router();

  router
    .route('/health')
    .get((_request, response) => {
      response.json({ status: 'ok' });
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'ok', service: 'vatevo-api' });
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/health/db')
    .get(async (_request, response) => {
      const health = await checkDatabase();
      response
        .status(health.status === 'ok' ? 200 : 503)
        .set('Cache-Control', 'no-store')
        .json(health);
    })
    .all(methodNotAllowed('GET'));

  return router;
}
