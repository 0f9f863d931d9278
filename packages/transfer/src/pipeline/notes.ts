import { columnType } from '../column-types/registry.ts';
import type { NumericTimes } from '../column-types/types.ts';
import type { ColumnPlan, TransferPlan } from '../plan/types.ts';
import type { Source, SourceCatalog } from '../source/source.ts';
import type { Target } from '../target/target.ts';
import type { Inspection } from './inspect.ts';

/** Units of which one is likely to be meant; others are for who knows better. */
const LIKELY: readonly NumericTimes[] = [
  'epoch-seconds',
  'epoch-milliseconds',
  'epoch-microseconds',
  'julian-day',
];
const START_OF_1970 = '1970-01-';

/** What is assumed of the values, and what nobody can check, each as a sentence. */
export async function notesOn(
  source: Source,
  target: Target,
  plan: TransferPlan,
  { tables }: Pick<Inspection, 'tables'>,
): Promise<string[]> {
  const holdsNumbers = (table: string, column: string) => {
    const census = tables.find(({ target: name }) => name === table)?.census[column];
    return census !== undefined && census.integer + census.real > 0;
  };
  const ofTarget = await target.fitness.notes(plan);
  const ofSource = source.look((catalog) => [
    ...catalog.notes(plan),
    ...plan.tables.flatMap((table) =>
      table.columns.flatMap((column) =>
        'column' in column.from && holdsNumbers(table.target.name, column.target)
          ? numbersOf(catalog, table.source, column.from.column, column)
          : [],
      ),
    ),
  ]);
  return [...zones(plan), ...ofSource, ...ofTarget];
}

function zones(plan: TransferPlan): string[] {
  const names = plan.tables.flatMap((table) =>
    table.columns
      .filter(({ type, zone }) => zone === undefined && columnType(type).traits.namesInstants)
      .map(({ target }) => `${table.target.name}.${target}`),
  );
  return names.length === 0 ? [] : [`Times that name no zone are read as UTC, in ${names.join(', ')}`];
}

/** What its numbers are read as, or would be. */
function numbersOf(catalog: SourceCatalog, table: string, name: string, column: ColumnPlan): string[] {
  const { decisions } = columnType(column.type).traits;
  if (!decisions.includes('numbers=epoch-seconds')) return [];
  const range = catalog.numberRange(table, name);
  if (range === undefined) return [];
  const place = `${table}.${name}`;
  const reading = (numericTimes: NumericTimes) => {
    const ends = range.printed({ ...column, numericTimes });
    return ends && `${numericTimes} from ${ends[0]} to ${ends[1]}`;
  };
  if (column.numericTimes !== undefined) {
    const [lowest = '', highest = ''] = range.printed(column) ?? [];
    if (lowest === '') return [];
    const doubt =
      lowest.startsWith(START_OF_1970) && highest.startsWith(START_OF_1970)
        ? ': all in January 1970, so another unit may be meant'
        : '';
    return [
      `The numbers of ${place} are read as ${column.numericTimes}, from ${lowest} to ${highest}${doubt}`,
    ];
  }
  const readings = LIKELY.flatMap((unit) => reading(unit) ?? []);
  return [
    `${place} holds numbers from ${range.lowest} to ${range.highest}, which are no times until somebody decides: ${readings.join('; ')}`,
  ];
}
