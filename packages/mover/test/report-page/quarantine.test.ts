import type { TransferReport } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { renderReportPage, verifyReportPage } from '../../src/transfer/report-page/render.ts';
import { Page, textIn } from './page.ts';
import { facts, report } from './sample.ts';

const withQuarantine: TransferReport = {
  ...report,
  quarantine: {
    rows: 2,
    tables: [
      { source: 'customers', target: 'tenants', sourceRows: 6, loaded: 5, quarantined: 1 },
      { source: 'invoices', target: 'invoices', sourceRows: 12_346, loaded: 12_345, quarantined: 1 },
    ],
    reasons: [
      { table: 'customers', column: 'is_active', reason: 'a boolean other than 0 or 1', rows: 1 },
      {
        table: 'invoices',
        column: 'tenant_id',
        reason: 'its row of customers is in the quarantine',
        rows: 1,
      },
      { table: 'invoices', column: 'subtotal', reason: 'not a plain decimal number', rows: 1 },
    ],
    listed: [
      {
        table: 'customers',
        key: 'id=6',
        reasons: [{ column: 'is_active', reason: 'a boolean other than 0 or 1', value: '2' }],
      },
      {
        table: 'invoices',
        key: 'id=9',
        reasons: [
          { column: 'tenant_id', reason: 'its row of customers is in the quarantine', value: '6' },
          { column: 'subtotal', reason: 'not a plain decimal number', value: '<b>1e3' },
        ],
      },
    ],
  },
};

it('says first that rows were set aside, then which, why, and that none is unaccounted for', () => {
  const html = renderReportPage(withQuarantine, facts);
  const page = new Page(html);
  expect(page.errors).toEqual([]);
  expect(page.elements('h1').map(textIn)).toEqual(['Not everything was moved: 2 rows in quarantine']);
  expect(page.textOf('summary')).toContain('12 352 rows in the source = 12 350 loaded + 2 in quarantine');
  const rows = page.rowsOf('quarantine');
  expect(rows).toContainEqual(['tenants from customers', '6', '5', '1']);
  expect(rows).toContainEqual(['invoices', 'subtotal', 'not a plain decimal number', '1']);
  expect(rows.at(-1)).toEqual([
    'invoices',
    'id=9',
    'tenant_id: its row of customers is in the quarantine: 6 subtotal: not a plain decimal number: <b>1e3',
  ]);
  expect(page.textOf('quarantine')).toContain('quarantine-7.db');
  expect(verifyReportPage(html)).toBe(true);
  // The same report gives the same page.
  expect(renderReportPage(structuredClone(withQuarantine), facts)).toBe(
    renderReportPage(withQuarantine, facts),
  );
});

it('has no such part where no row was set aside', () => {
  expect(() => new Page(renderReportPage(report, facts)).byId('quarantine')).toThrow();
});
