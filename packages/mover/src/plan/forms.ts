import type {
  ColumnDecision,
  ColumnEvidence,
  ColumnPlan,
  Reading,
  ReadingEvidence,
  SourceCatalog,
  SqliteTable,
} from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import type { TablePlan } from '@vatevo/transfer/plan';

/** One way to take a column's values, and what comes of it. */
export interface Form {
  readonly decision: ColumnDecision;
  readonly found: ReadingEvidence;
}

/** What a column is to take, and how it can. */
export interface ColumnForms {
  readonly table: TablePlan;
  readonly column: ColumnPlan;
  /** Of the source. */
  readonly name: string;
  readonly evidence: ColumnEvidence;
  /** What comes of the values without a further decision. */
  readonly plain: ReadingEvidence;
  /** The ways that take the most of the values by the fewest decisions; none where no decision helps, or is needed. */
  readonly best: readonly Form[];
}

/** Finds out whether the columns of a table take all of their values, and by which decisions they would. */
export function findForms(catalog: SourceCatalog, source: SqliteTable, table: TablePlan): ColumnForms[] {
  const columns = table.columns.filter(
    (column) => !column.generated && 'column' in column.from && column.derive === undefined,
  );
  const plain = tryForms(catalog, source, columns, () => [{}]);
  const refusing = columns.filter((column) => (plain.get(column)?.forms[0]?.found.refused ?? 0) > 0);
  // Each choice alone first: of those that help, all together are few.
  const alone = tryForms(catalog, source, refusing, choicesFor);
  const together = tryForms(catalog, source, refusing, (column) =>
    combinations(usefulChoices(alone.get(column), plain.get(column))),
  );
  return columns.flatMap((column) => {
    const tried = plain.get(column);
    const [first] = tried?.forms ?? [];
    if (tried === undefined || first === undefined) return [];
    const best = bestOf(together.get(column)?.forms ?? [], first.found);
    return [{ table, column, name: nameOf(column), evidence: tried.evidence, plain: first.found, best }];
  });
}

interface Tried {
  readonly evidence: ColumnEvidence;
  readonly forms: readonly Form[];
}

/** Reads the table once, and tries of each column the ways that are given. */
function tryForms(
  catalog: SourceCatalog,
  source: SqliteTable,
  columns: readonly ColumnPlan[],
  ways: (column: ColumnPlan) => readonly ColumnDecision[],
): Map<ColumnPlan, Tried> {
  const readings: Record<string, Reading[]> = {};
  const places = columns.map((column) => {
    const own = ways(column);
    const all = readings[nameOf(column)] ?? [];
    readings[nameOf(column)] = all;
    const first = all.length;
    all.push(...own.map((decision) => readingOf(column, decision)));
    return { column, own, first };
  });
  if (places.every(({ own }) => own.length === 0)) return new Map();
  const read = source.columns.filter(({ name, keyPosition }) => name in readings || keyPosition > 0);
  const found = catalog.evidence({ ...source, columns: read }, readings);
  return new Map(
    places.flatMap(({ column, own, first }) => {
      const evidence = found.find((each) => each.column === nameOf(column));
      if (evidence === undefined) return [];
      const forms = own.flatMap((decision, i) => {
        const reading = evidence.readings[first + i];
        return reading === undefined ? [] : [{ decision, found: reading }];
      });
      return [[column, { evidence, forms }] as const];
    }),
  );
}

function readingOf(
  { type, numericTimes, decision, zone, notNull }: ColumnPlan,
  more: ColumnDecision,
): Reading {
  return {
    type,
    notNull,
    decision: { ...decision, ...(numericTimes && { numbers: numericTimes }), ...more },
    ...(zone !== undefined && { zone }),
  };
}

function choicesFor({ type }: ColumnPlan): ColumnDecision[] {
  return columnType(type).traits.decisions.map((choice) => {
    const [key = '', value = ''] = choice.split('=');
    return { [key]: value };
  });
}

/** Those that make the column take more; of bytes that become texts, what texts need may help, too. */
function usefulChoices(alone: Tried | undefined, plain: Tried | undefined): ColumnDecision[] {
  const before = plain?.forms[0]?.found.taken ?? 0;
  const holdsBlobs = (plain?.evidence.stored.blob ?? 0) > 0;
  return (alone?.forms ?? []).flatMap(({ decision, found }) =>
    found.taken > before || (holdsBlobs && ('nul' in decision || 'empty' in decision)) ? [decision] : [],
  );
}

/** Every way to decide at most once on each kind, but for deciding nothing. */
function combinations(choices: readonly ColumnDecision[]): ColumnDecision[] {
  let all: ColumnDecision[] = [{}];
  for (const kind of new Set(choices.flatMap((choice) => Object.keys(choice)))) {
    const own = choices.filter((choice) => kind in choice);
    all = all.flatMap((decision) => [decision, ...own.map((choice) => ({ ...decision, ...choice }))]);
  }
  return all.filter((decision) => Object.keys(decision).length > 0);
}

function bestOf(forms: readonly Form[], plain: ReadingEvidence): Form[] {
  const most = Math.max(plain.taken, ...forms.map(({ found }) => found.taken));
  if (most === plain.taken) return [];
  const taking = forms.filter(({ found }) => found.taken === most);
  const fewest = Math.min(...taking.map(({ decision }) => Object.keys(decision).length));
  return taking.filter(({ decision }) => Object.keys(decision).length === fewest);
}

function nameOf({ from }: ColumnPlan): string {
  return 'column' in from ? from.column : '';
}
