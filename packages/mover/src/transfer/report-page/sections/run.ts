import type { TransferReport } from '@vatevo/transfer';
import type { ReportFacts } from '../facts.ts';
import { instant } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';
import type { Verdict } from '../verdict.ts';

const OUTCOMES: Readonly<Record<TransferReport['outcome'], string>> = {
  transferred: 'transferred from beginning to end by one call',
  resumed: 'resumed an unfinished run; times and throughput are those of the last call',
  refused: 'ended by the inspection, before anything was loaded',
  'already-complete': 'found complete: an earlier call had transferred and verified it',
};

/** Ends that say more than what the run set out to do. */
const ENDS: Partial<Readonly<Record<Verdict['kind'], string>>> = {
  refused: 'ended by the inspection, before anything was loaded',
  differs: 'loaded, but not complete: the verification found differences',
};

/** What names this run, for the files of an audit. */
export function run(report: TransferReport, facts: ReportFacts, verdict: Verdict): Section {
  const lines: [string, Html][] = [
    ['Run', html`${report.runId}`],
    ['Outcome', html`${ENDS[verdict.kind] ?? OUTCOMES[report.outcome]}`],
    ['Source file', showValue(report.source)],
    ['Target', showValue(facts.target)],
    ['Target schema', showValue(report.plan.schema)],
    ['Finished', instant(facts.finishedAt)],
    ['Written by', html`@vatevo/ops ${facts.version}`],
  ];
  return {
    id: 'run',
    title: 'The run',
    body: html`
<dl class="lines">${lines.map(
      ([name, value]) => html`
<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}
</dl>`,
  };
}
