import { PassThrough } from 'node:stream';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../src/redaction.ts';
import { formatBytes } from '../src/report/bytes.ts';
import { formatDuration } from '../src/report/duration.ts';
import { HumanView, type Output } from '../src/report/human-view.ts';
import { formatCount } from '../src/report/progress.ts';
import { Reporter } from '../src/report/reporter.ts';
import { silentView } from '../src/report/silent-view.ts';

function screen(isTTY: boolean) {
  const stream = new PassThrough().setEncoding('utf8');
  const out: Output = Object.assign(stream, { isTTY, columns: 120 }) as unknown as Output;
  return {
    view: new HumanView(out, picocolors.createColors(false)),
    text: () => String(stream.read() ?? ''),
  };
}

describe('the report of a command', () => {
  it('shows each step with its time, and why one was left out', async () => {
    const { view, text } = screen(false);
    const report = new Reporter(view, (line) => line);
    await report.step('Connect', (step) => step.detail('here'));
    await report.step('Deploy', (step) => step.skip('nothing pending'));
    report.warn('look at this');
    report.result({}, ['All done.']);
    report.finish('x', 0);
    expect(text()).toMatch(
      /^✓ Connect: here \(\d+ ms\)\n– Deploy: nothing pending \(\d+ ms\)\n! look at this\nAll done\. \(\d+ ms\)\n$/,
    );
  });

  it('marks the step that failed, lets the error through, and keeps both in the document', async () => {
    const { view, text } = screen(false);
    const report = new Reporter(view, (line) => line);
    const failing = report.step('Deploy', () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(text()).toMatch(/^✗ Deploy \(/);
    const document = report.finish('x', 4, {
      exitCode: 4,
      kind: 'CommandError',
      message: 'no',
      remedy: ['try'],
    });
    expect(document).toMatchObject({
      command: 'x',
      ok: false,
      exitCode: 4,
      steps: [{ name: 'Deploy', status: 'failed' }],
      error: { kind: 'CommandError', message: 'no', remedy: ['try'] },
    });
  });

  it('shows a running step on a terminal and writes over it', async () => {
    const { view, text } = screen(true);
    const report = new Reporter(view, (line) => line);
    await report.step('Wait', () => report.note('still there'));
    const shown = text();
    expect(shown).toContain('… Wait');
    expect(shown).toContain('\r\x1b[K  still there\n… Wait');
    expect(shown.slice(shown.lastIndexOf('\r\x1b[K'))).toMatch(/✓ Wait \(\d+ ms\)\n$/);
  });

  it('draws a bar on a terminal only, and takes it away', () => {
    const terminal = screen(true);
    const bar = new Reporter(terminal.view, (line) => line).progress({
      label: 'invoices',
      total: 2000,
      unit: 'rows',
    });
    bar.update(1000, '12 MB/s');
    bar.stop();
    expect(terminal.text()).toContain('1 000 of 2 000 rows');

    const log = screen(false);
    const plain = new Reporter(log.view, (line) => line).progress({ label: 'x', total: 2, unit: 'rows' });
    plain.update(1);
    plain.stop();
    expect(log.text()).toBe('');
  });

  it('puts a table in columns', () => {
    const { view, text } = screen(false);
    new Reporter(view, (line) => line).table([
      ['host', 'a'],
      ['b', 'long'],
    ]);
    expect(text()).toBe('  host  a\n  b     long\n');
  });

  it('keeps secrets out of every text and every value, however deep', async () => {
    const redactor = new Redactor();
    redactor.add('hunter-22');
    const report = new Reporter(silentView, redactor.clean);
    await report.step('x', (step) => step.detail('postgresql://me:pw-1@host/db'));
    report.warn('hunter-22');
    report.result({ deep: [{ url: 'postgres://me:pw-1@host/db', at: new Date(0), n: 5n }] }, []);
    const text = JSON.stringify(report.finish('x', 0));
    expect(text).not.toContain('pw-1');
    expect(text).not.toContain('hunter-22');
    expect(text).toContain('"at":"1970-01-01T00:00:00.000Z","n":"5"');
  });
});

it('leaves the form of a URL readable that advice shows', () => {
  const form = 'postgresql://user:password@host:port/database';
  expect(new Redactor().clean(form)).toBe(form);
});

it('does not blot out a password that is part of what has to stay readable, or of ordinary words', () => {
  const redactor = new Redactor();
  redactor.add('postgres', 'postgresql://postgres@host/db');
  redactor.add('a');
  expect(redactor.clean('role postgres has a table')).toBe('role postgres has a table');
});

it('formats times and counts for people', () => {
  expect([0, 999, 1000, 59_949, 59_950, 125_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 00 s',
    '2 min 05 s',
  ]);
  expect([0, 18.37556173292703, 1536].map(formatBytes)).toEqual(['0 B', '18 B', '1.5 kB']);
  expect([0, 999, 1000, 1_500_000].map(formatCount)).toEqual(['0', '999', '1 000', '1 500 000']);
});
