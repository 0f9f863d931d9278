import { formatBytes } from '@vatevo/shell';
import type { TransferReport } from '@vatevo/transfer';
import type { ReportedTransfer, ReportFacts } from '../facts.ts';
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
export function run(report: ReportedTransfer, facts: ReportFacts, verdict: Verdict): Section {
  const { fingerprint } = report;
  const lines: [string, Html | undefined][] = [
    ['Run', html`${report.runId}`],
    ['Outcome', html`${ENDS[verdict.kind] ?? OUTCOMES[report.outcome]}`],
    ['Source file', showValue(report.source)],
    ['Target', showValue(facts.target)],
    ['Target schema', showValue(report.plan.schema)],
    ['Started', report.startedAt === undefined ? undefined : instant(report.startedAt)],
    ['Finished', instant(facts.finishedAt)],
    ['Written by', html`@vatevo/ops ${facts.version}`],
    ['State of the source', fingerprint && sourceState(fingerprint)],
    ['Its write-ahead log', fingerprint?.wal && sourceState(fingerprint.wal)],
  ];
  return {
    id: 'run',
    title: 'The run',
    body: html`
<dl class="lines">${lines.map(
      ([name, value]) =>
        value &&
        html`
<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}
</dl>`,
  };
}

function sourceState({ size, modified, header }: NonNullable<ReportedTransfer['fingerprint']>): Html {
  return html`${formatBytes(size)} (${size} bytes), modified ${modifiedAt(modified)}, SHA-256 of its header <code>${header}</code>`;
}

/** Nanoseconds since 1970 as an instant, with all of their digits. */
function modifiedAt(nanoseconds: string): string {
  if (!/^\d{1,19}$/.test(nanoseconds)) return nanoseconds;
  const whole = BigInt(nanoseconds);
  const seconds = new Date(Number(whole / 1_000_000_000n) * 1000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
  return `${seconds}.${String(whole % 1_000_000_000n).padStart(9, '0')} UTC`;
}
