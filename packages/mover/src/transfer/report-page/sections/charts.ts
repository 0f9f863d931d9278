import { formatBytes } from '@vatevo/shell';
import type { TransferReport } from '@vatevo/transfer';
import { type Bar, barChart } from '../chart.ts';
import { count, perSecond, span } from '../format.ts';
import { html } from '../html.ts';
import type { Section } from '../section.ts';
import { stageTimes } from '../stages.ts';
import { showValue } from '../value.ts';

/** How much was moved, where the time went, and how fast it was. Undefined when this call did nothing. */
export function charts(report: TransferReport): Section | undefined {
  const stages = stageTimes(report);
  const rows = tableBars(report);
  if (stages.length === 0 && rows.length === 0) return undefined;
  const times = stages.map(({ title, seconds }) => ({
    label: html`${title}`,
    value: seconds,
    text: span(seconds),
  }));
  const speeds = stages.flatMap(({ title, seconds, rows }) => {
    if (rows === undefined) return [];
    const value = perSecond(rows, seconds);
    return [{ label: html`${title}`, value, text: count(value) }];
  });
  const { copied, seconds } = report;
  return {
    id: 'charts',
    title: 'Size and speed',
    body: html`
<div class="charts">
${rows.length > 0 && barChart({ title: 'Rows by table', headings: ['Table', 'Rows'], bars: rows })}
${times.length > 0 && barChart({ title: 'Time by stage', headings: ['Stage', 'Time'], bars: times })}
${speeds.length > 0 && barChart({ title: 'Rows a second by stage', headings: ['Stage', 'Rows a second'], bars: speeds })}
</div>
${
  seconds.copy !== undefined &&
  html`<p class="note">Copied ${count(copied.rows)} rows as ${formatBytes(copied.bytes)} of binary COPY data, ${formatBytes(perSecond(copied.bytes, seconds.copy))} a second.</p>`
}`,
  };
}

/** The largest tables first. */
function tableBars({ verification, inspection }: TransferReport): Bar[] {
  const sizes =
    verification?.tables.map((table) => ({ target: table.target, rows: table.targetRows })) ??
    inspection?.tables ??
    [];
  return sizes
    .toSorted((a, b) => b.rows - a.rows)
    .map(({ target, rows }) => ({ label: showValue(target), value: rows, text: count(rows) }));
}
