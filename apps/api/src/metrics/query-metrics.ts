import { CONNECTION_PROBLEMS, type DbObserver, READS_FROM } from '@vatevo/db';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Log } from '../log.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Statements by their first word; all others are one, so that the series stay few. */
const OPERATIONS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'BEGIN', 'COMMIT', 'ROLLBACK', 'WITH']);

/** Counts what the database client tells, and logs slow queries: the statement, never its parameters. */
export function queryMetrics(registry: Registry, slowQueryMs: number, log: Log): DbObserver {
  const registers = [registry];
  const duration = new Histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Seconds a statement took, without the wait for a connection.',
    labelNames: ['db_operation_name'],
    buckets: SECONDS,
    registers,
  });
  const slow = new Counter({
    name: 'vatevo_db_slow_queries_total',
    help: 'Statements that took DB_SLOW_QUERY_MS or longer.',
    registers,
  });
  const failed = new Counter({
    name: 'vatevo_db_query_errors_total',
    help: 'Statements that the database refused, or that were lost with their connection.',
    registers,
  });
  const waited = new Histogram({
    name: 'db_client_connection_wait_time_seconds',
    help: 'Seconds a caller waited for a connection.',
    buckets: SECONDS,
    registers,
  });
  const timeouts = new Counter({
    name: 'db_client_connection_timeouts_total',
    help: 'Callers that got no connection within DB_POOL_TIMEOUT.',
    registers,
  });
  const failures = new Counter({
    name: 'vatevo_db_connection_failures_total',
    help: 'Connections that could not be opened, were not to be had, or were lost, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const reads = new Counter({
    name: 'vatevo_db_tenant_reads_total',
    help: 'Reads of tenants that a replica might have answered, by who did, and why the primary.',
    labelNames: ['from'],
    registers,
  });
  for (const from of READS_FROM) reads.inc({ from }, 0);
  // A series that appears with its first failure shows no increase.
  for (const reason of CONNECTION_PROBLEMS) failures.inc({ reason }, 0);

  return {
    queryEnded({ ms, ok, operation, statement }) {
      duration.observe({ db_operation_name: OPERATIONS.has(operation) ? operation : 'OTHER' }, ms / 1000);
      if (!ok) failed.inc();
      if (ms < slowQueryMs) return;
      slow.inc();
      log.warn({ ms: Math.round(ms), ok, statement: statement() }, 'slow query');
    },
    tenantRead(from) {
      reads.inc({ from });
    },
    replicaRefused(why) {
      log.error(why);
    },
    connectionWaited(ms) {
      waited.observe(ms / 1000);
    },
    connectionFailed(reason) {
      failures.inc({ reason });
      if (reason === 'pool-timeout') timeouts.inc();
    },
  };
}
