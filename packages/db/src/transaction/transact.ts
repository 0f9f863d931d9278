import type { PrismaClient } from '../generated/postgres/client.ts';
import { attempting } from './attempt.ts';
import { onlyModels, type TransactionModels } from './models.ts';
import { MAX_TIMEOUT_MS, type TransactionOptions, transactionSettings } from './options.ts';

/**
 * Runs `work` as one transaction: what it did through `models` is stored as a whole when the promise resolves, and
 * nothing of it when the promise rejects. `work` may be run more than once (see `retries`), so what it does
 * elsewhere must bear repetition.
 *
 * @throws TransactionTimeoutError, TransactionFailedError, CommitOutcomeUnknownError, and what `work` throws
 */
export type Transact = <T>(
  work: (models: TransactionModels) => Promise<T>,
  options?: TransactionOptions,
) => Promise<T>;

/** The part of Prisma's client that begins and ends transactions. */
export type TransactionalClient = Pick<PrismaClient, '$transaction'>;

/** Transactions of a client, bound to a tenant or not. */
export function transactOn(prisma: TransactionalClient, tenantId?: number): Transact {
  return async (work, options) =>
    attempting(transactionSettings(options), tenantId, (attempt) =>
      attempt.run(() =>
        prisma.$transaction((models) => work(onlyModels(models)), {
          // The attempt's own clock goes before: it ends what is under way, too.
          timeout: MAX_TIMEOUT_MS,
        }),
      ),
    );
}
