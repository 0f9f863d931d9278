import type { ColumnPlan, StorageCensus, TransferReport, Verification } from '@vatevo/transfer';
import type { ReportFacts } from '../../src/transfer/report-page/facts.ts';

export const facts: ReportFacts = {
  target: 'postgresql://vatevo@db.example:5432/vatevo (sslmode=require)',
  finishedAt: '2026-03-01T12:00:00.123Z',
  version: '1.2.3',
};

const column = (target: string, sql: string, more: Partial<ColumnPlan> = {}): ColumnPlan => ({
  target,
  type: { name: sql, sql },
  notNull: true,
  generated: false,
  from: { column: target },
  secret: false,
  ...more,
});

const census = (counts: Partial<StorageCensus>): StorageCensus => ({
  null: 0,
  integer: 0,
  real: 0,
  text: 0,
  blob: 0,
  ...counts,
});

export const verification: Verification = {
  equal: true,
  tables: [
    {
      source: 'customers',
      target: 'tenants',
      sourceRows: 5,
      targetRows: 5,
      sourceDigest: 'debbc09d00ce67f3754dec249d208e8b',
      targetDigest: 'debbc09d00ce67f3754dec249d208e8b',
      equal: true,
    },
    {
      source: 'invoices',
      target: 'invoices',
      sourceRows: 12_345,
      targetRows: 12_345,
      sourceDigest: 'a4fe0188623d98c6b0ff21663125321b',
      targetDigest: 'a4fe0188623d98c6b0ff21663125321b',
      equal: true,
    },
  ],
  values: 37_050,
  differences: [],
  sequencesBehind: [],
  unfit: [],
  structureRecorded: true,
};

/** A transfer of two tables that lost nothing. */
export const report: TransferReport = {
  runId: '7',
  outcome: 'transferred',
  source: 'legacy.db',
  plan: {
    schema: 'public',
    tables: [
      {
        source: 'customers',
        target: { schema: 'public', name: 'tenants' },
        key: ['id'],
        rowid: 'id',
        columns: [
          column('id', 'integer', { sequence: 'public.tenants_id_seq' }),
          column('api_key_hash', 'text', {
            from: { column: 'api_key' },
            derive: { kind: 'sha256-hex' },
            secret: true,
          }),
          column('is_active', 'boolean', { whenNull: 1n }),
        ],
        identity: [0],
      },
      {
        source: 'invoices',
        target: { schema: 'public', name: 'invoices' },
        key: ['id'],
        rowid: 'id',
        columns: [
          column('id', 'integer', { sequence: 'public.invoices_id_seq' }),
          column('tenant_id', 'integer', {
            from: { through: { column: 'order_id', table: 'orders', key: 'id', value: 'tenant' } },
          }),
          column('subtotal', 'numeric', { notNull: false }),
        ],
        identity: [0],
      },
    ],
    leftBehind: [],
  },
  seconds: { inspect: 0.5, copy: 2, finalize: 0.25, verify: 1 },
  copied: { rows: 12_350, bytes: 4_194_304 },
  inspection: {
    tables: [
      {
        source: 'customers',
        target: 'tenants',
        rows: 5,
        alterations: 0,
        census: {
          id: census({ integer: 5 }),
          api_key_hash: census({ text: 5 }),
          is_active: census({ integer: 4, null: 1 }),
        },
      },
      {
        source: 'invoices',
        target: 'invoices',
        rows: 12_345,
        alterations: 0,
        census: {
          id: census({ integer: 12_345 }),
          tenant_id: census({ integer: 12_345 }),
          subtotal: census({ text: 12_000, real: 300, null: 45 }),
        },
      },
    ],
    refusedValues: 0,
    refusals: [],
    leftBehind: [],
    bookkeeping: [],
    notes: [],
    refusalGroups: [],
  },
  verification,
  alterations: [],
};
