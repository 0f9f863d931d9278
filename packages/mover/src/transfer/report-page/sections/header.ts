import type { TransferReport } from '@vatevo/transfer';
import type { ReportFacts } from '../facts.ts';
import { instant, span } from '../format.ts';
import { type Html, html } from '../html.ts';
import { icon, type Mark } from '../icon.ts';
import { totalSeconds } from '../stages.ts';
import { showValue } from '../value.ts';
import type { Verdict } from '../verdict.ts';

const MARKS: Readonly<Record<Verdict['kind'], Mark>> = {
  proven: 'good',
  partial: 'note',
  differs: 'bad',
  refused: 'bad',
  unverified: 'open',
};

/** The verdict, and when, from which file, into what, how long: all that many readers need. */
export function header(report: TransferReport, facts: ReportFacts, verdict: Verdict): Html {
  const mark = MARKS[verdict.kind];
  return html`
<header>
<p class="kicker">Vatevo · Transfer report</p>
<div class="verdict ${mark}">
${icon(mark)}
<div>
<h1>${verdict.headline}</h1>
<p>${verdict.explanation}</p>
</div>
</div>
<dl class="facts">
<div><dt>From</dt><dd>${showValue(report.source)}</dd></div>
<div><dt>Into</dt><dd>${showValue(facts.target)}</dd></div>
<div><dt>Finished</dt><dd>${instant(facts.finishedAt)}</dd></div>
<div><dt>Time taken</dt><dd>${span(totalSeconds(report))}</dd></div>
</dl>
</header>`;
}
