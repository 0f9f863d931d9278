import { Counter, type Registry } from 'prom-client';
import type { ForgetParts } from './forget.ts';

/** Counts the rows that were deleted because they were old. */
export function retentionMetrics(registry: Registry): ForgetParts['forgotten'] {
  const rows = new Counter({
    name: 'vatevo_rows_forgotten_total',
    help: 'Rows deleted after their time: answers kept for repeated requests, events that were delivered.',
    labelNames: ['what'],
    registers: [registry],
  });
  for (const what of ['answers', 'events']) rows.inc({ what }, 0);
  return (what, count) => rows.inc({ what }, count);
}
