import { expect, it, onTestFinished } from 'vitest';
import { legacyFile } from '../src/generate-legacy.ts';
import { measureSizes } from '../src/size/measure.ts';
import { growthTable, indexTable, rowTable } from '../src/size/project.ts';
import { Testbed } from '../src/transfer/testbed.ts';

it.runIf(process.env.VATEVO_TEST_LONG === '1')('measures what a move has made', async () => {
  const testbed = await Testbed.open(await legacyFile(0.001));
  onTestFinished(() => testbed.close());
  const measured = await measureSizes(testbed);
  const rows = Object.fromEntries(measured.tables.map((size) => [size.table, size.rows]));
  expect(rows).toEqual({ tenants: 1, invoices: 500, webhook_events: 1000, idempotency_keys: 500 });
  for (const size of measured.tables) expect(size.heap).toBeGreaterThan(0);
  expect(measured.walAnInvoice).toBeGreaterThan(100);
  expect(measured.forgottenASecond).toBeGreaterThan(0);
  expect(measured.partitioned.largestShare).toBeGreaterThan(0);
  expect(indexTable(measured.tables)).toContain('webhook_events_tenant_due_idx');
});

it('computes what more of the same would take', () => {
  const size = (table: string, rows: number, heap: number) => ({
    table,
    rows,
    heap,
    toast: 0,
    indexes: [{ name: 'a', bytes: heap / 2 }],
  });
  const tables = [
    size('idempotency_keys', 1000, 1e6),
    size('invoices', 1000, 1e6),
    size('tenants', 10, 1000),
    size('webhook_events', 2000, 4e5),
  ];
  expect(rowTable(tables).split('\n')[2]).toMatch(/^invoices +1 000 +1000 +0 +500 +1500$/);
  expect(growthTable(tables, [1e9]).split('\n')[1]).toMatch(/^1 000 000 000 +1 400 +700 +2 100$/);
});
