import type { PoolStats } from '@vatevo/db';
import { type Aggregator, Gauge, type Registry } from 'prom-client';

/** The pool at the moment of the scrape, under OpenTelemetry's names. */
export function poolMetrics(registry: Registry, stats: () => PoolStats): void {
  const registers = [registry];
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Connections that are open or being opened, by state: used or idle.',
    labelNames: ['db_client_connection_state'],
    registers,
    collect() {
      const { open, inUse } = stats();
      this.set({ db_client_connection_state: 'used' }, inUse);
      this.set({ db_client_connection_state: 'idle' }, Math.max(0, open - inUse));
    },
  });
  const gauges: [string, string, (stats: PoolStats) => number, Aggregator?][] = [
    ['db_client_connection_max', 'Most connections, of all processes.', ({ size }) => size],
    ['db_client_connection_idle_min', 'Connections that are kept open.', ({ min }) => min],
    ['db_client_connection_pending_requests', 'Callers waiting for a connection.', ({ waiting }) => waiting],
    [
      'vatevo_db_pool_exhausted_seconds',
      'Seconds for which every connection has been in use without one coming free.',
      ({ exhaustedMs }) => exhaustedMs / 1000,
      'max',
    ],
  ];
  for (const [name, help, value, aggregator = 'sum'] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      // Of several processes.
      aggregator,
      collect() {
        this.set(value(stats()));
      },
    });
  }
}
