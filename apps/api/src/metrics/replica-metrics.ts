import type { ReplicaStats } from '@vatevo/db';
import { Gauge, type Registry } from 'prom-client';

/** The replicas as they were when they were asked last; of several processes the one that has it worst is shown. */
export function replicaMetrics(registry: Registry, stats: () => readonly ReplicaStats[]): void {
  const gauges: [string, string, 'max' | 'min', (stats: readonly ReplicaStats[]) => number][] = [
    ['vatevo_db_replicas', 'Replicas that POSTGRES_REPLICA_URLS names.', 'max', (all) => all.length],
    [
      'vatevo_db_replicas_up',
      'Replicas that answered when they were asked last, and are standbys of the primary.',
      'min',
      (all) => all.filter(({ isUp }) => isUp).length,
    ],
    [
      'vatevo_db_replica_behind_bytes',
      'Bytes of the log that a replica had still to replay to be read from; of the one that had most.',
      'max',
      (all) => Math.max(0, ...all.map(({ behindBytes }) => behindBytes)),
    ],
  ];
  for (const [name, help, aggregator, value] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator,
      collect() {
        this.set(value(stats()));
      },
    });
  }
}
