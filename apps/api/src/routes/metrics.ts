import { Router } from 'express';
import { methodNotAllowed } from '../http/not-found.ts';
import { requireToken } from '../http/token.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ApiConfig } from '../settings.ts';

/** `GET /metrics` in Prometheus's text format: for everybody, or for who has `VATEVO_METRICS_TOKEN` when that is set. */
export function metricsRoutes(metrics: Metrics, { metricsTokenHash }: ApiConfig): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (request, response) => {
      if (metricsTokenHash) requireToken(request, metricsTokenHash);
      response
        .set('Cache-Control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.scrape());
    })
    .all(methodNotAllowed('GET'));
  return router;
}
