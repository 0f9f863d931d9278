import type { RequestHandler } from 'express';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { RoutePattern } from './route-pattern.ts';

/** Methods that a client can make up are one, so that it cannot make up time series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Counts and times every request by method, route pattern and status, under OpenTelemetry's names. The rate,
 * the errors and the latency all come out of the one histogram.
 *
 * @param route asked when a request ends, when the app has all its routes
 */
export function httpMetrics(registry: Registry, route: RoutePattern): RequestHandler {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Seconds from the request to the end of the answer.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: SECONDS,
    registers: [registry],
  });
  const active = new Gauge({
    name: 'http_server_active_requests',
    help: 'Requests that are being answered.',
    registers: [registry],
  });
  return (request, response, next) => {
    const start = performance.now();
    const path = request.path;
    active.inc();
    // "close" comes once for each answer, also when the client went away.
    response.once('close', () => {
      active.dec();
      const labels = {
        http_request_method: METHODS.has(request.method) ? request.method : '_OTHER',
        http_route: route(path),
        // nginx's number for a client that did not wait: the status set so far was never sent.
        http_response_status_code: response.writableFinished ? response.statusCode : 499,
      };
      duration.observe(labels, (performance.now() - start) / 1000);
    });
    next();
  };
}
