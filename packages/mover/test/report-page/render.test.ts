import { createHash } from 'node:crypto';
import type { TransferReport } from '@vatevo/transfer';
import { describe, expect, it } from 'vitest';
import { renderReportPage } from '../../src/transfer/report-page/render.ts';
import { attribute, Page, textIn } from './page.ts';
import { facts, report, verification } from './sample.ts';

const render = (report: TransferReport) => new Page(renderReportPage(report, facts));
const inspection = report.inspection ?? expect.fail('the sample has an inspection');

describe('the report page', () => {
  const page = render(report);

  it('is markup that no browser has to fix', () => {
    expect(page.errors).toEqual([]);
    const ids = page.elements().flatMap((element) => attribute(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('begins with the verdict, when, from where, into what and how long', () => {
    expect(page.elements('h1').map(textIn)).toEqual(['Nothing lost: 12 350 rows, 37 050 values equal']);
    const [header] = page.elements('header').map(textIn);
    for (const fact of ['legacy.db', facts.target, '2026-03-01 12:00:00 UTC', '3.8 s']) {
      expect(header).toContain(fact);
    }
  });

  it('leads to each of its parts', () => {
    const targets = page.elements('a').map((link) => attribute(link, 'href')?.slice(1) ?? '');
    expect(targets).toEqual(page.elements('section').map((section) => attribute(section, 'id')));
    for (const section of page.elements('section')) {
      expect(textIn(page.byId(attribute(section, 'aria-labelledby') ?? ''))).not.toBe('');
    }
  });

  it('loads nothing and runs nothing', () => {
    for (const tag of ['script', 'link', 'img', 'iframe', 'object', 'form', 'base', 'image', 'use']) {
      expect(page.elements(tag)).toEqual([]);
    }
    for (const { name } of page.elements().flatMap(({ attrs }) => attrs)) {
      expect(name).not.toMatch(/^(src|srcset|style|on.*)$/);
    }
    expect(page.elements('style').map(textIn).join()).not.toMatch(/url\(|@import/);
    const policy = page.elements('meta').map((meta) => attribute(meta, 'content') ?? '');
    expect(policy.join()).toContain("default-src 'none'");
    const style = renderReportPage(report, facts).match(/<style>(.*?)<\/style>/s)?.[1] ?? '';
    expect(policy.join()).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });

  it('gives rows and full digests of both sides, table by table', () => {
    expect(page.rowsOf('tables')).toEqual([
      ['Table', 'Rows in the source', 'Rows in the target', 'Digests', 'Verdict'],
      [
        'tenants from customers',
        '5',
        '5',
        'source debbc09d00ce67f3754dec249d208e8b target debbc09d00ce67f3754dec249d208e8b',
        'equal',
      ],
      [
        'invoices',
        '12 345',
        '12 345',
        'source a4fe0188623d98c6b0ff21663125321b target a4fe0188623d98c6b0ff21663125321b',
        'equal',
      ],
    ]);
  });

  it('tells of every column where it came from, by which rule, and how the source stored it', () => {
    const rows = page.rowsOf('columns');
    const secret = 'SHA-256 of the text, in hex secret: its values are never shown';
    expect(rows).toContainEqual([
      'api_key_hash',
      'text NOT NULL',
      'api_key',
      secret,
      '0',
      '0',
      '0',
      '5',
      '0',
    ]);
    expect(rows).toContainEqual([
      'is_active',
      'boolean NOT NULL',
      'is_active',
      'NULL becomes 1',
      '1',
      '4',
      '0',
      '0',
      '0',
    ]);
    const through = 'tenant of orders, whose id is this row’s order_id';
    expect(rows).toContainEqual(['tenant_id', 'integer NOT NULL', through, '', '0', '12 345', '0', '0', '0']);
    expect(rows).toContainEqual([
      'subtotal',
      'numeric',
      'subtotal',
      'mixed storage',
      '45',
      '0',
      '300',
      '12 000',
      '0',
    ]);
  });

  it('draws charts whose numbers can be read as a table', () => {
    expect(page.elements('figcaption').map(textIn)).toEqual([
      'Rows by table',
      'Time by stage',
      'Rows a second by stage',
    ]);
    const rows = page.rowsOf('charts');
    expect(rows).toContainEqual(['invoices', '', '12 345']);
    expect(rows).toContainEqual(['Indexes and keys', '', '250 ms']);
    expect(rows).toContainEqual(['Copy', '', '6 175']);
    expect(page.textOf('charts')).toContain('4.0 MB of binary COPY data, 2.0 MB a second');
    const widths = page.elements('rect').filter((bar) => attribute(bar, 'class') === 'fill');
    expect(widths.slice(0, 2).map((bar) => attribute(bar, 'width'))).toEqual(['100.00%', '0.60%']);
  });

  it('says so where there was nothing to list', () => {
    for (const id of ['replaced', 'refused']) expect(page.textOf(id)).toContain('None:');
    expect(page.textOf('left-behind')).toContain('Nothing:');
    expect(page.textOf('structure')).toContain('ahead of every id that was assigned');
  });

  it('names the run', () => {
    expect(page.textOf('run')).toContain('@vatevo/ops 1.2.3');
  });

  it('is the same for the same report, also when that was read back from JSON', () => {
    const behind = { table: 't', column: 'id', sequence: 's', next: 1n, highest: 2n ** 60n };
    const full = { ...report, verification: { ...verification, sequencesBehind: [behind] } };
    const json = JSON.stringify(full, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(renderReportPage(full, facts)).toBe(renderReportPage(full, facts));
    expect(renderReportPage(JSON.parse(json) as TransferReport, facts)).toBe(renderReportPage(full, facts));
  });
});

describe('findings on the report page', () => {
  it('lists differences with both values', () => {
    const page = render({
      ...report,
      verification: {
        ...verification,
        equal: false,
        tables: verification.tables.map((table) => ({
          ...table,
          targetDigest: '0'.repeat(32),
          equal: false,
        })),
        differences: [
          {
            table: 'invoices',
            key: 'id=7',
            kind: 'changed',
            column: 'subtotal',
            expected: '100.00',
            actual: '100.01',
          },
          { table: 'invoices', key: 'id=8', kind: 'changed', column: 'subtotal', expected: null, actual: '' },
          { table: 'invoices', key: 'id=9', kind: 'missing' },
        ],
        sequencesBehind: [
          { table: 'invoices', column: 'id', sequence: 'public.invoices_id_seq', next: 5n, highest: 9n },
        ],
        unfit: ['index i on invoices is not valid'],
      },
    });
    expect(page.rowsOf('differences').slice(1)).toEqual([
      ['invoices', 'id=7', 'value changed', 'subtotal', '100.00', '100.01'],
      ['invoices', 'id=8', 'value changed', 'subtotal', 'NULL', 'empty text'],
      ['invoices', 'id=9', 'row missing', '', '', ''],
    ]);
    expect(page.textOf('structure')).toContain('would hand out 5, but 9 is taken');
    expect(page.textOf('structure')).toContain('index i on invoices is not valid');
    expect(page.textOf('run')).toContain('not complete');
    const states = page.rowsOf('summary').slice(1, 5);
    expect(states.map((cells) => cells.at(-1))).toEqual(['passed', 'failed', 'failed', 'failed']);
  });

  it('lists every replaced and every refused value, with sums', () => {
    const alteration = { table: 'invoices', column: 'currency', before: 'NULL', after: 'EUR' };
    const refusal = {
      table: 'invoices',
      key: 'id=3',
      column: 'subtotal',
      reason: 'no decimal',
      value: 'NaN',
    };
    const page = render({
      ...report,
      plan: { ...report.plan, leftBehind: ['audit'] },
      alterations: [1, 2].map((id) => ({ ...alteration, key: `id=${id}` })),
      inspection: { ...inspection, refusedValues: 1, refusals: [refusal] },
    });
    expect(page.rowsOf('replaced')).toEqual([
      ['Table', 'Column', 'After', 'Values'],
      ['invoices', 'currency', 'EUR', '2'],
      ['Table', 'Row', 'Column', 'Before', 'After'],
      ['invoices', 'id=1', 'currency', 'NULL', 'EUR'],
      ['invoices', 'id=2', 'currency', 'NULL', 'EUR'],
    ]);
    expect(page.rowsOf('refused').at(-1)).toEqual(['invoices', 'id=3', 'subtotal', 'no decimal', 'NaN']);
    expect(page.rowsOf('left-behind').at(-1)).toEqual(['audit']);
    expect(page.elements('h1').map(textIn)).toEqual(['Not everything was moved: 1 value refused']);
  });

  it('holds as many entries as a browser likes, and says where the others are', () => {
    const alterations = Array.from({ length: 100_000 }, (_, i) => ({
      table: 'invoices',
      key: `id=${i}`,
      column: 'currency',
      before: 'NULL',
      after: 'EUR',
    }));
    const refusals = alterations.map(({ table, key, column }) => ({
      table,
      key,
      column,
      reason: 'r',
      value: 'v',
    }));
    const html = renderReportPage(
      { ...report, alterations, inspection: { ...inspection, refusedValues: 2_500_000, refusals } },
      facts,
    );
    const page = new Page(html);
    expect(page.rowsOf('replaced')).toHaveLength(2_000 + 3);
    expect(page.textOf('replaced')).toContain('The first 2 000 of 100 000 replaced values');
    expect(page.textOf('replaced')).toContain('The JSON report beside this page lists them all.');
    expect(page.rowsOf('replaced')).toContainEqual(['invoices', 'currency', 'EUR', '100 000']);
    expect(page.textOf('refused')).toContain('The JSON report beside this page lists 100 000.');
    expect(html.length).toBeLessThan(4_000_000);
  });

  it('folds a list of some length, and not a short one', () => {
    const leftBehind = (length: number) =>
      render({ ...report, plan: { ...report.plan, leftBehind: Array.from({ length }, (_, i) => `t${i}`) } });
    const folded = (page: Page) => page.elements('details', page.byId('left-behind')).length;
    expect([25, 26].map((length) => folded(leftBehind(length)))).toEqual([0, 1]);
  });

  it('does not show one call’s findings as another’s', () => {
    const { inspection: _, ...resumed } = report;
    const page = render({ ...resumed, outcome: 'resumed', seconds: { finalize: 1, verify: 1 } });
    expect(page.errors).toEqual([]);
    expect(page.textOf('run')).toContain('resumed an unfinished run');
    expect(page.textOf('refused')).toContain('The call that began this run inspected every value');
    expect(page.textOf('columns')).toContain('this call did not repeat it');
    expect(page.rowsOf('columns')[0]).toEqual(['Column', 'Type', 'Taken from', 'Remarks']);
  });

  it('is sound for reports that hold next to nothing', () => {
    const { inspection: _, verification: __, ...bare } = report;
    for (const found of [
      { ...bare, outcome: 'already-complete' as const, seconds: {} },
      { ...bare, inspection: { ...inspection, refusedValues: 1 }, seconds: { inspect: 0 } },
      { ...bare, plan: { schema: 'public', tables: [], leftBehind: [] }, seconds: {} },
      { ...report, verification: { ...verification, tables: [], values: 0 } },
    ]) {
      const page = render(found);
      expect(page.errors).toEqual([]);
      expect(page.elements('main').map(textIn).join()).not.toMatch(/undefined|NaN|Infinity/);
    }
  });
});

describe('hostile names and values', () => {
  const hostile = `"><script>alert('x')</script><!-- ]]> </style> & \u202e\0\ud800 javascript:`;

  /** The report with every text that came from a file replaced. */
  function poisoned(value: unknown): unknown {
    if (typeof value === 'string') return hostile;
    if (Array.isArray(value)) return value.map(poisoned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'outcome' || key === 'kind' ? inner : poisoned(inner),
      ]),
    );
  }

  it('stay text, wherever they stand', () => {
    const full: TransferReport = {
      ...report,
      plan: { ...report.plan, leftBehind: ['x'] },
      alterations: [{ table: 'x', key: 'x', column: 'x', before: 'x', after: 'x' }],
      inspection: {
        ...inspection,
        refusedValues: 1,
        refusals: [{ table: 'x', key: 'x', column: 'x', reason: 'x', value: 'x' }],
      },
      verification: {
        ...verification,
        differences: [{ table: 'x', key: 'x', kind: 'changed', column: 'x', expected: 'x', actual: 'x' }],
        sequencesBehind: [{ table: 'x', column: 'x', sequence: 'x', next: 1n, highest: 2n }],
        unfit: ['x'],
      },
    };
    const html = renderReportPage(poisoned(full) as TransferReport, poisoned(facts) as typeof facts);
    const page = new Page(html);
    expect(page.errors).toEqual([]);
    expect(page.elements('script')).toEqual([]);
    expect(page.elements('style')).toHaveLength(1);
    expect(html).not.toContain('<!--');
    expect(html).not.toMatch(/[\u202e\0\ud800]/);
    expect(page.textOf('differences')).toContain(`"><script>alert('x')</script>`);
    const tags = (page: Page) => new Set(page.elements().map(({ tagName }) => tagName));
    expect([...tags(page)].filter((tag) => !tags(render(full)).has(tag)).sort()).toEqual([]);
  });
});
