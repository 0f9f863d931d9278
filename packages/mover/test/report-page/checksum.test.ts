import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { renderReportPage, verifyReportPage } from '../../src/transfer/report-page/render.ts';
import { Page, textIn } from './page.ts';
import { facts, report } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const html = renderReportPage(report, facts);
const checksum = new Page(html).textOf('page-checksum');

describe('the checksum of a page', () => {
  it('holds for the page as it was written, on disk as well', () => {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(verifyReportPage(readFileSync(file, 'utf8'))).toBe(true);
  });

  it('is what the command on the page prints', () => {
    writeFileSync(join(folder, 'page.html'), html);
    const page = new Page(html);
    const command = textIn(page.elements('pre')[0] ?? page.byId('checksum'));
    const printed = execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(printed.slice(0, 64)).toBe(checksum);
  });

  it.each([
    ['a number', html.replace('12345', '12344').replace('37\u202f050', '37\u202f051')],
    ['a space', html.replace('</h1>', ' </h1>')],
    ['the end', html.slice(0, -1)],
    ['something behind the end', `${html}\n`],
    [
      'a digit of the checksum',
      html.replace(
        checksum,
        checksum.replace(/.$/, (d) => (d === '0' ? '1' : '0')),
      ),
    ],
    ['the checksum taken away', html.replace(checksum, '')],
    ['a second checksum', html.replace('</main>', `<code id="page-checksum">${checksum}</code></main>`)],
    ['an empty page', ''],
  ])('does not hold when altered: %s', (_, altered) => {
    expect(altered).not.toBe(html);
    expect(verifyReportPage(altered)).toBe(false);
  });

  it('holds whatever a value looks like', () => {
    const forged = `<code id="page-checksum">${'0'.repeat(64)}</code>`;
    const hostile = renderReportPage(
      { ...report, source: forged },
      { ...facts, target: `\ud800 $& ${forged}` },
    );
    const file = join(folder, 'hostile.html');
    writeFileSync(file, hostile);
    expect(verifyReportPage(readFileSync(file, 'utf8'))).toBe(true);
  });
});
