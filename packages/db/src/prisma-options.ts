import type { PoolSettings } from '@vatevo/connection';
import { markRawSql } from './raw-mark.ts';
import { transactionDefaults } from './transaction/options.ts';

/** What Prisma's clients have in common, on both databases. */
export function prismaOptions(settings: PoolSettings) {
  return {
    comments: [markRawSql],
    transactionOptions: transactionDefaults(settings),
    // Without it, each call keeps a stack, and errors show lines of Prisma's own bundle, which are tens of kilobytes long.
    errorFormat: 'minimal' as const,
  };
}
