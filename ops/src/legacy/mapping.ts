import type { NullReplacement, TransferMapping } from '@vatevo/transfer';

/** The bookkeeping of Prisma's migrations: each database has its own. */
const MIGRATIONS_TABLE = '_prisma_migrations';

const constant = (value: string | number): { whenNull: NullReplacement } => ({
  whenNull: { kind: 'constant', value },
});
const runStart: { whenNull: NullReplacement } = { whenNull: { kind: 'run-start' } };

/**
 * How the first service's SQLite file becomes our tables. This is the one place that knows the legacy
 * format; whatever is not named here has the same name and meaning on both sides.
 *
 * - API keys lay in clear text: the hash goes on working for those who hold the key, the prefix is for
 *   display (at most 8 characters, and at most a quarter of the key).
 * - Events did not name their tenant: it is that of their invoice.
 * - Columns that the old schema let be NULL and ours does not get the default that the old service meant.
 */
export const legacyMapping: TransferMapping = {
  ignoreTarget: [MIGRATIONS_TABLE],
  tables: {
    tenants: {
      columns: {
        api_key_hash: { from: 'api_key', derive: { kind: 'sha256-hex' }, secret: true },
        api_key_prefix: { from: 'api_key', derive: { kind: 'prefix', most: 8, oneIn: 4 }, secret: true },
        webhook_secret: { secret: true },
        is_active: constant(1),
        created_at: runStart,
      },
    },
    invoices: {
      columns: {
        status: constant('DRAFT'),
        currency: constant('EUR'),
        retry_count: constant(0),
        created_at: runStart,
      },
    },
    webhook_events: {
      columns: {
        tenant_id: { through: { column: 'invoice_id', table: 'invoices', key: 'id', value: 'tenant_id' } },
        delivered: constant(0),
        delivery_attempts: constant(0),
        created_at: runStart,
        // Due at once, those that were not delivered.
        next_attempt_at: { from: 'created_at', ...runStart },
      },
    },
  },
};

/** A SQLite file in our own format: the same tables, made by our own migrations. */
export const ownMapping: TransferMapping = {
  ignoreTarget: [MIGRATIONS_TABLE],
  leaveBehind: [MIGRATIONS_TABLE],
  tables: {
    tenants: {
      columns: {
        api_key_hash: { secret: true },
        old_api_key_hash: { secret: true },
        webhook_secret: { secret: true },
      },
    },
  },
};
