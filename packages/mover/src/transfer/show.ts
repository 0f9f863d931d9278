import { formatCount, type Reporter } from '@vatevo/shell';
import type {
  Alteration,
  Bookkeeping,
  Difference,
  Inspection,
  Quarantine,
  RefusalGroup,
  Verification,
} from '@vatevo/transfer';
import type { Run } from '../preset.ts';

/** Lines of a list that a terminal shows; the JSON report holds them all. */
const MAX_LINES = 100;

export function showInspection(report: Reporter, inspection: Inspection): void {
  report.table([
    ['source', 'target', 'rows', 'altered', 'refused'],
    ...inspection.tables.map((table) => [
      table.source,
      table.target,
      formatCount(table.rows),
      formatCount(table.alterations),
      formatCount(inspection.refusals.filter((refusal) => refusal.table === table.source).length),
    ]),
  ]);
  if (inspection.leftBehind.length > 0)
    report.note(`Left behind on purpose: ${inspection.leftBehind.join(', ')}`);
  showBookkeeping(report, inspection.bookkeeping);
  for (const note of inspection.notes) report.note(`${note}.`);
  const lines = inspection.refusalGroups.flatMap(linesOf);
  showList(report, lines, (line) => line);
}

/** One line a value, or one for all of what may be a million. */
function linesOf({ table, column, reason, count, examples }: RefusalGroup): string[] {
  if (count <= examples.length) {
    return examples.map(
      ({ key, reason: said, value }) => `${table} ${key}: ${column}: ${said}: ${visible(value)}`,
    );
  }
  const shown = examples.map(({ key, value }) => `${key}: ${visible(value)}`).join('; ');
  return [`${table}.${column}: ${reason}: ${formatCount(count)} values, such as ${shown}`];
}

/** What stays in the source without a word of the operator. */
export function showBookkeeping(report: Reporter, bookkeeping: readonly Bookkeeping[]): void {
  if (bookkeeping.length === 0) return;
  const names = bookkeeping.map(({ table, tool }) => `${table} (${tool})`);
  report.note(`Left behind as bookkeeping of tools: ${names.join(', ')}`);
}

export function showVerification(
  { report, advice }: Pick<Run, 'report' | 'advice'>,
  verification: Verification,
): void {
  report.table([
    ['table', 'source rows', 'target rows', 'digest', 'equal'],
    ...verification.tables.map((table) => [
      table.target,
      formatCount(table.sourceRows),
      formatCount(table.targetRows),
      table.targetDigest.slice(0, 16),
      table.equal ? 'yes' : 'NO',
    ]),
  ]);
  showDifferences(report, verification.differences);
  for (const { sequence, next, highest } of verification.sequencesBehind) {
    report.warn(`Sequence ${sequence} would hand out ${next}, but ${highest} is taken.`);
  }
  for (const what of verification.unfit) report.warn(`${what}.`);
  if (!verification.structureRecorded) {
    const elsewhere = advice.structure === undefined ? '' : `: ${advice.structure}`;
    report.note(
      `No transfer is recorded in the target, so a missing index or constraint cannot be noticed here${elsewhere}.`,
    );
  }
}

export function showAlterations(report: Reporter, alterations: readonly Alteration[]): void {
  showList(
    report,
    alterations,
    ({ table, key, column, before, after }) =>
      `altered: ${table} ${key}: ${column}: ${before} became ${after}`,
  );
}

export function showQuarantine(report: Reporter, quarantine: Quarantine): void {
  report.table([
    ['table', 'source rows', 'loaded', 'quarantined'],
    ...quarantine.tables.map((table) => [
      table.source,
      formatCount(table.sourceRows),
      formatCount(table.loaded),
      formatCount(table.quarantined),
    ]),
  ]);
  const lines = quarantine.listed.flatMap(({ table, key, reasons }) =>
    reasons.map(
      ({ column, reason, value }) => `quarantined: ${table} ${key}: ${column}: ${reason}: ${visible(value)}`,
    ),
  );
  const total = quarantine.reasons.reduce((sum, { rows }) => sum + rows, 0);
  showList(report, lines, (line) => line, total);
}

export function showDifferences(report: Reporter, differences: readonly Difference[]): void {
  showList(report, differences, describeDifference);
}

function describeDifference({ table, key, kind, column, expected, actual }: Difference): string {
  if (kind !== 'changed') return `${table} ${key}: ${kind} row`;
  return `${table} ${key}: ${column}: expected ${shown(expected)}, found ${shown(actual)}`;
}

/** An empty text would look like a line that was cut. */
function visible(value: string): string {
  return value === '' ? '(empty text)' : value;
}

function shown(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
}

function showList<Item>(
  report: Reporter,
  items: readonly Item[],
  line: (item: Item) => string,
  total = items.length,
): void {
  for (const item of items.slice(0, MAX_LINES)) report.note(line(item));
  if (total > MAX_LINES)
    report.note(`… and ${formatCount(total - MAX_LINES)} more; the report and --json have them all.`);
}
