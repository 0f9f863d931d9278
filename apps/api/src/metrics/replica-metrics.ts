import type { ReplicaStats } from '@vatevo/db';
import { Gauge, type Registry } from 'prom-client';

/** The replicas as they were when they were asked last; none of it without replicas. */
export function replicaMetrics(registry: Registry, stats: () => readonly ReplicaStats[]): void {
  const gauges: [string, string, (stats: readonly ReplicaStats[]) => number][] = [
    [
      'vatevo_db_replicas_up',
      'Replicas that answered when they were asked last.',
      (all) => all.filter(({ isUp }) => isUp).length,
    ],
    [
      'vatevo_db_replica_behind_bytes',
      'Bytes of the log that a replica had still to replay to be read from; of the one that had most.',
      (all) => Math.max(...all.map(({ behindBytes }) => behindBytes)),
    ],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator: 'max',
      collect() {
        const all = stats();
        if (all.length > 0) this.set(value(all));
      },
    });
  }
}
