import { TransferError } from '@vatevo/transfer';
import { type ColumnPlan, formsOf, type StoredForm, type TransferPlan } from '@vatevo/transfer/plan';
import { type FoundForms, findForms, openSource, shortReads } from '@vatevo/transfer/sqlite';
import { FILE_WAIT } from '../file/open.ts';
import { inheritForms } from './inherit-forms.ts';

/** A column whose rows could not come back as the file holds them. */
interface Formless {
  readonly place: string;
  readonly why: string;
  /** Any of these decisions on the column helps. */
  readonly decide: readonly Readonly<Record<string, string>>[];
  /** SQL for PostgreSQL that helps, too. */
  readonly sql?: string;
  /** The column of PostgreSQL, where it may stay empty in the move. */
  readonly unfilled?: string;
}

/**
 * Records in a plan the forms in which the file holds its values, which those that are written later are given at failback.
 *
 * @throws TransferError `source-refused` with every column that has several forms, or none that a value could be given
 */
export async function recordForms(file: string, plan: TransferPlan): Promise<TransferPlan> {
  const db = openSource(file, { waitMs: FILE_WAIT });
  const found = new Map<ColumnPlan, FoundForms>();
  try {
    const inRead = shortReads(db, FILE_WAIT);
    for (const table of plan.tables) {
      for (const forms of await findForms(db, table, inRead)) found.set(forms.column, forms);
    }
  } finally {
    db.close();
  }
  const faults: Formless[] = [];
  const named = plan.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => {
      const place = `${table.source}.${'column' in column.from ? column.from.column : column.target}`;
      const result = withForm(column, found.get(column), place, table.target.name);
      if (!('place' in result)) return result;
      faults.push(result);
      return column;
    }),
  }));
  const tables = inheritForms(named);
  for (const { source, target, columns } of tables) {
    for (const column of columns) {
      const place = `${source}.${'column' in column.from ? column.from.column : column.target}`;
      if (!faults.some((fault) => fault.place === place))
        faults.push(...tooFine(column, place, `${target.schema}.${target.name}`));
    }
  }
  if (faults.length > 0) throw formless(faults);
  return { ...plan, tables };
}

/** The column with the form that it is given, or why it has none. */
function withForm(
  column: ColumnPlan,
  found: FoundForms | undefined,
  place: string,
  table: string,
): ColumnPlan | Formless {
  const computed = { place, why: 'is computed from what the file holds, and not computed back', decide: [] };
  if (column.derive !== undefined) return computed;
  if (!('column' in column.from))
    return { ...computed, ...(!column.notNull && { unfilled: `${table}.${column.target}` }) };
  const { texts } = column.decision ?? {};
  if (texts === 'since-1970' || texts === 'commas')
    return { place, why: `was decided to be ${texts}, which nothing is written back as`, decide: [] };
  const name = formName(column, found, place);
  if (typeof name === 'object') return name;
  const ofNull = found && nullForm(column, found, place);
  if (typeof ofNull === 'object') return ofNull;
  const form: StoredForm = {
    ...(name !== undefined && { name }),
    ...(ofNull !== undefined && { ofNull }),
  };
  return Object.keys(form).length === 0 ? column : { ...column, form };
}

function formName(
  column: ColumnPlan,
  found: FoundForms | undefined,
  place: string,
): string | undefined | Formless {
  const forms = formsOf(column);
  const wanted = column.goesBack?.back;
  const { kinds = [] } = found ?? {};
  const inAll = (kinds[0]?.forms ?? []).filter((name) => kinds.every((kind) => kind.forms.includes(name)));
  const candidates = [...new Set(kinds.flatMap(({ forms: [first] }) => first ?? []))];
  const offered = (candidates.length > 0 ? candidates : (forms?.usual ?? [])).map((back) => ({ back }));
  if (wanted !== undefined) {
    if (forms?.writer(wanted) !== undefined) return wanted;
    const why = `goes back as ${wanted}, as was decided, which is no form of ${column.type.sql}`;
    return { place, why, decide: offered };
  }
  if (kinds.length === 0 || inAll.length > 0) return inAll[0];
  const shown = kinds.map(
    ({ forms: [first = 'a form that nothing is written in'], count, example }) =>
      `${first} (${count}, ${example})`,
  );
  return { place, why: `holds ${shown.join(', ')}`, decide: offered };
}

/** What stands for a NULL in the file. */
function nullForm(
  { goesBack }: ColumnPlan,
  { nulls, emptied }: FoundForms,
  place: string,
): string | undefined | Formless {
  const [first] = emptied.keys();
  if (first === undefined || goesBack?.nulls === 'null') return undefined;
  if (goesBack?.nulls === 'empty') return emptied.size === 1 ? first : '';
  if (nulls === 0 && emptied.size === 1) return first;
  const shown = [...emptied].map(([text, count]) => `"${text}" (${count})`);
  if (nulls > 0) shown.unshift(`NULL (${nulls})`);
  return {
    place,
    why: `holds ${shown.join(', ')}, all of which PostgreSQL holds as NULL`,
    decide: [{ nulls: 'empty' }, { nulls: 'null' }],
  };
}

/** A type that keeps more of a time than the form, where nobody said that it may be cut off. */
function tooFine(column: ColumnPlan, place: string, table: string): Formless[] {
  const { form, decision, type, numericTimes } = column;
  const forms = formsOf(column);
  const coarse = form?.name === undefined ? undefined : forms?.writer(form.name)?.coarse;
  if (coarse === undefined || decision?.fraction === 'truncate') return [];
  const finer = ['numbers', 'reals'].find((name) => forms?.writer(name)?.coarse === undefined);
  return [
    {
      place,
      why: `counts whole ${numericTimes}, and its type ${type.sql} keeps finer times, which would not go back`,
      // What the numbers count may have come from another column.
      decide: [
        { fraction: 'truncate' },
        ...(finer === undefined ? [] : [{ ...(numericTimes && { numbers: numericTimes }), back: finer }]),
      ],
      sql: `ALTER TABLE ${table} ALTER COLUMN "${column.target}" TYPE ${type.sql.replace(/^(timestamp)(?:\(\d\))?/, `$1(${coarse})`)}`,
    },
  ];
}

function formless(faults: readonly Formless[]): TransferError {
  const isHopeless = faults.some(
    ({ decide, sql, unfilled }) => decide.length === 0 && (sql ?? unfilled) === undefined,
  );
  return new TransferError(
    'source-refused',
    `Rows could not come back as the file holds them: ${faults.map(({ place, why }) => `${place} ${why}`).join('; ')}.`,
    { next: isHopeless ? { step: 'transfer-instead' } : { step: 'decide-forms', columns: faults } },
  );
}
