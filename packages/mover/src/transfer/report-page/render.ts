import { createHash } from 'node:crypto';
import type { TransferReport } from '@vatevo/transfer';
import { seal, verifyReportPage } from './checksum.ts';
import type { ReportFacts } from './facts.ts';
import { html, trusted } from './html.ts';
import { renderContents, renderSection, type Section } from './section.ts';
import { alterations } from './sections/alterations.ts';
import { charts } from './sections/charts.ts';
import { checksum } from './sections/checksum.ts';
import { columns } from './sections/columns.ts';
import { differences } from './sections/differences.ts';
import { header } from './sections/header.ts';
import { leftBehind } from './sections/left-behind.ts';
import { proof } from './sections/proof.ts';
import { quarantine } from './sections/quarantine.ts';
import { refusals } from './sections/refusals.ts';
import { run } from './sections/run.ts';
import { structure } from './sections/structure.ts';
import { summary } from './sections/summary.ts';
import { tables } from './sections/tables.ts';
import { STYLE } from './style.ts';
import { evaluate } from './verdict.ts';

export { verifyReportPage };

/** The page loads nothing and runs nothing, and its own style is the only one that counts. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/**
 * Renders a transfer's report as one self-contained page, for people: the verdict on top, then everything
 * that it rests on. Lists are cut where a browser would suffer; the JSON report holds them in full.
 *
 * The same report gives the same page, byte for byte, also when it was read back from JSON. The page carries
 * its own checksum; see {@link verifyReportPage}.
 *
 * @example
 * const page = renderReportPage(report, {
 *   target: describeTarget(target),
 *   finishedAt: '2026-03-01T12:00:00Z',
 *   version: '1.0.0',
 * });
 */
export function renderReportPage(report: TransferReport, facts: ReportFacts): string {
  const verdict = evaluate(report);
  const sections = [
    summary(report),
    differences(report),
    charts(report),
    tables(report),
    columns(report),
    alterations(report),
    refusals(report),
    quarantine(report),
    leftBehind(report),
    structure(report),
    run(report, facts, verdict),
    proof(),
    checksum(),
  ].filter((section): section is Section => section !== undefined);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Transfer of ${report.source}: ${verdict.headline}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${header(report, facts, verdict)}
${renderContents(sections)}
<main>${sections.map(renderSection)}
</main>
</body>
</html>
`;
  return seal(page.toString());
}
