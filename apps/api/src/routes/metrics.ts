import { Router } from 'express';
import type { Guesses } from '../http/guesses.ts';
import { methodNotAllowed } from '../http/not-found.ts';
import { requireToken } from '../http/token.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ApiConfig } from '../settings.ts';

/** `GET /metrics` in Prometheus's text format: for everybody, or for who has `VATEVO_METRICS_TOKEN` when that is set. */
export function metricsRoutes(metrics: Metrics, { metricsTokenHash }: ApiConfig, guesses: Guesses): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (request, response) => {
      if (metricsTokenHash) await requireToken(request, metricsTokenHash, guesses);
      response
        .set('Cache-Control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.scrape());
    })
    .all(methodNotAllowed('GET'));
  return router;
}
