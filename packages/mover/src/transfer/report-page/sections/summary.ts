import type { TransferReport } from '@vatevo/transfer';
import { count, plural } from '../format.ts';
import { html } from '../html.ts';
import { icon, type Mark } from '../icon.ts';
import type { Section } from '../section.ts';
import { fedSequences } from '../sequences.ts';
import { sourceRows, targetRows } from '../verdict.ts';

interface Check {
  readonly mark: Mark;
  readonly what: string;
  readonly found: string;
}

const STATES: Readonly<Record<Mark, string>> = {
  good: 'passed',
  note: 'see the list',
  bad: 'failed',
  open: 'not checked',
};

/** What was checked and what came of it, a line each. */
export function summary(report: TransferReport): Section {
  const checks = [
    ...verified(report),
    refused(report),
    ...quarantined(report),
    altered(report),
    leftBehind(report),
  ];
  return {
    id: 'summary',
    title: 'What was checked',
    body: html`
<table class="checks">
<thead class="quiet"><tr>${['Check', 'Found', 'State'].map((heading) => html`<th scope="col"><span class="unseen">${heading}</span></th>`)}</tr></thead>
<tbody>${checks.map(
      ({ mark, what, found }) => html`
<tr><th scope="row">${icon(mark)} ${what}</th><td>${found}</td><td class="state ${mark}">${STATES[mark]}</td></tr>`,
    )}
</tbody>
</table>`,
  };
}

function verified({ verification, plan, quarantine }: TransferReport): Check[] {
  if (verification === undefined) {
    return ['Rows', 'Values', 'Sequences', 'Structure'].map((what) => ({
      mark: 'open',
      what,
      found: 'not verified by this call',
    }));
  }
  const { tables, sequencesBehind, unfit } = verification;
  const [inSource, inTarget] = [sourceRows(verification), targetRows(verification)];
  const differing = tables.filter((table) => !table.equal).length;
  const behind = sequencesBehind.length;
  return [
    {
      mark: tables.every((table) => table.sourceRows === table.targetRows) ? 'good' : 'bad',
      what: 'Rows',
      found: `${count(inSource)} in the source${quarantine ? ' without those in quarantine' : ''}, ${count(inTarget)} in the target, in ${plural(tables.length, 'table')}`,
    },
    {
      mark: differing === 0 ? 'good' : 'bad',
      what: 'Values',
      found:
        differing === 0
          ? `${plural(verification.values, 'value')} compared, all equal`
          : `${plural(verification.values, 'value')} compared, ${plural(differing, 'table')} not equal`,
    },
    {
      mark: behind === 0 ? 'good' : 'bad',
      what: 'Sequences',
      found:
        behind === 0
          ? `${count(fedSequences(plan).length)} checked, none assigns an id that was ever assigned`
          : `${plural(behind, 'sequence')} would hand out an id that is taken`,
    },
    {
      mark: unfit.length === 0 ? 'good' : 'bad',
      what: 'Structure',
      found:
        unfit.length === 0
          ? 'all in place and in force'
          : `${count(unfit.length)} missing, changed or without effect`,
    },
  ];
}

function refused({ inspection }: TransferReport): Check {
  const what = 'Refused values';
  if (inspection === undefined) return { mark: 'open', what, found: 'inspected by an earlier call' };
  const { refusedValues } = inspection;
  return refusedValues === 0
    ? { mark: 'good', what, found: 'none: the target can hold every value' }
    : { mark: 'bad', what, found: `${count(refusedValues)}, listed below` };
}

/** Only where rows were set aside: a run without them has nothing to say of it. */
function quarantined({ quarantine, verification }: TransferReport): Check[] {
  if (quarantine === undefined) return [];
  const { tables, rows } = quarantine;
  const inSource = tables.reduce((sum, table) => sum + table.sourceRows, 0);
  const loaded = tables.reduce((sum, table) => sum + table.loaded, 0);
  return [
    {
      mark: 'bad',
      what: 'Rows in quarantine',
      found: `${count(rows)}, listed below`,
    },
    {
      mark: verification === undefined ? 'open' : inSource === loaded + rows ? 'good' : 'bad',
      what: 'Balance',
      found: `${plural(inSource, 'row')} in the source = ${count(loaded)} loaded + ${count(rows)} in quarantine`,
    },
  ];
}

function altered(report: TransferReport): Check {
  const what = 'Replaced values';
  const { alterations } = report;
  if (alterations.length > 0) {
    return {
      mark: 'note',
      what,
      found: `${count(alterations.length)} by a rule agreed beforehand, listed below`,
    };
  }
  if (report.verification === undefined) return { mark: 'open', what, found: 'none by this call' };
  return { mark: 'good', what, found: 'none' };
}

function leftBehind({ plan }: TransferReport): Check {
  const what = 'Left behind';
  return plan.leftBehind.length === 0
    ? { mark: 'good', what, found: 'nothing' }
    : { mark: 'note', what, found: `${count(plan.leftBehind.length)} on purpose, listed below` };
}
