import type { Quarantine, TransferReport, Verification } from '@vatevo/transfer';
import { count, plural } from './format.ts';

/**
 * - `proven`: every row and value is equal on both sides.
 * - `partial`: what was loaded is equal, but rows were set aside.
 * - `differs`: the verification found differences.
 * - `refused`: nothing was loaded.
 * - `unverified`: this call did not verify.
 */
export interface Verdict {
  readonly kind: 'proven' | 'partial' | 'differs' | 'refused' | 'unverified';
  readonly headline: string;
  readonly explanation: string;
}

/** The sentence that a manager reads first. It claims no more than the lists below it bear out. */
export function evaluate(report: TransferReport): Verdict {
  const { verification, quarantine } = report;
  const refused = report.inspection?.refusedValues ?? 0;
  if (verification && !isProven(verification)) return differs(verification);
  if (verification) {
    if (quarantine) return setAside(verification, quarantine);
    return refused > 0 ? partial(verification, refused) : proven(report, verification);
  }
  if (refused > 0) {
    return {
      kind: 'refused',
      headline: `Refused: ${plural(refused, 'value')} that the target cannot hold`,
      explanation: 'Nothing was loaded. The values are listed below with their rows and the reasons.',
    };
  }
  return {
    kind: 'unverified',
    headline: 'Nothing was verified by this call',
    explanation: 'This page proves nothing: the command verify proves the target as it is now.',
  };
}

/** The verdict of every part, so that no list can speak against the headline. */
function isProven({ equal, tables, differences, sequencesBehind, unfit }: Verification): boolean {
  const nothingFound = differences.length + sequencesBehind.length + unfit.length === 0;
  return equal && nothingFound && tables.every((table) => table.equal);
}

export function sourceRows({ tables }: Verification): number {
  return tables.reduce((sum, table) => sum + table.sourceRows, 0);
}

export function targetRows({ tables }: Verification): number {
  return tables.reduce((sum, table) => sum + table.targetRows, 0);
}

function proven({ alterations, plan }: TransferReport, verification: Verification): Verdict {
  const onPurpose = [
    alterations.length > 0 &&
      `${plural(alterations.length, 'value')} ${was(alterations.length)} replaced by a rule agreed beforehand`,
    plan.leftBehind.length > 0 &&
      `${plural(plan.leftBehind.length, 'item')} ${was(plan.leftBehind.length)} left behind on purpose`,
  ].filter((text) => text !== false);
  return {
    kind: 'proven',
    headline: `Nothing lost: ${plural(sourceRows(verification), 'row')}, ${plural(verification.values, 'value')} equal`,
    explanation: `Every row of the source is in the target, and every value was compared. ${
      onPurpose.length === 0
        ? 'No value was replaced, refused or left behind.'
        : `${onPurpose.join(', and ')}: see the lists below.`
    }`,
  };
}

function setAside(verification: Verification, { rows }: Quarantine): Verdict {
  return {
    kind: 'partial',
    headline: `Not everything was moved: ${plural(rows, 'row')} in quarantine`,
    explanation: `${plural(targetRows(verification), 'row')} of the target are equal to the source. ${plural(rows, 'row')} ${was(rows)} set aside, with every byte kept: they are listed below with the reasons.`,
  };
}

function partial(verification: Verification, refused: number): Verdict {
  return {
    kind: 'partial',
    headline: `Not everything was moved: ${plural(refused, 'value')} refused`,
    explanation: `${plural(targetRows(verification), 'row')} of the target are equal to the source. The rows of the refused values are not among them: the values are listed below with the reasons.`,
  };
}

function differs({ tables, sequencesBehind, unfit }: Verification): Verdict {
  const differing = tables.filter((table) => !table.equal).length;
  const faults = [
    differing > 0 && `${count(differing)} of ${plural(tables.length, 'table')}`,
    sequencesBehind.length > 0 && plural(sequencesBehind.length, 'sequence'),
    unfit.length > 0 && `${count(unfit.length)} ${unfit.length === 1 ? 'part' : 'parts'} of the structure`,
  ].filter((text) => text !== false);
  return {
    kind: 'differs',
    headline: 'The target differs from the source',
    explanation: `Found in ${faults.join(', ') || 'the verification'}: see the lists below. Nothing may use the target until it is loaded again.`,
  };
}

function was(number: number): string {
  return number === 1 ? 'was' : 'were';
}
