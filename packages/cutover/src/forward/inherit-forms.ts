import { columnType } from '@vatevo/transfer/column-types';
import { type ColumnPlan, formsOf, type TablePlan } from '@vatevo/transfer/plan';

/**
 * Columns that hold nothing yet are given the form of those of the same type: of their own table, else of the file, where
 * these have one form alone. (A `deleted_at` that is NULL everywhere is written like `created_at`.)
 */
export function inheritForms(tables: readonly TablePlan[]): TablePlan[] {
  const all = tables.flatMap(({ columns }) => columns);
  return tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => {
      if (column.generated || column.form?.name !== undefined || formsOf(column) === undefined) return column;
      const donor = onlyForm(column, table.columns) ?? onlyForm(column, all);
      if (donor !== undefined) return likewise(column, donor);
      return column.numericTimes === undefined ? column : named(column, 'integers');
    }),
  }));
}

/** A column of the same type whose form is that of all others. */
function onlyForm({ type }: ColumnPlan, columns: readonly ColumnPlan[]): ColumnPlan | undefined {
  const alike = columns.filter(
    (column) => column.form?.name !== undefined && columnType(column.type) === columnType(type),
  );
  const forms = new Set(
    alike.map(({ form, numericTimes, decision }) => `${form?.name} ${numericTimes} ${decision?.blobs}`),
  );
  return forms.size === 1 ? alike[0] : undefined;
}

/** With what its values have to be read by, too. */
function likewise(column: ColumnPlan, { form, numericTimes, decision }: ColumnPlan): ColumnPlan {
  const times = column.numericTimes ?? numericTimes;
  const blobs = column.decision?.blobs ?? decision?.blobs;
  return named(
    {
      ...column,
      ...(times && { numericTimes: times }),
      ...(blobs && { decision: { ...column.decision, blobs } }),
    },
    form?.name ?? '',
  );
}

function named(column: ColumnPlan, name: string): ColumnPlan {
  return { ...column, form: { ...column.form, name } };
}
