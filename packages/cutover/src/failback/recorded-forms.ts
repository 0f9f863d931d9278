import type { ColumnPlan, TransferPlan } from '@vatevo/transfer/plan';

/** The plan of a failback, with the forms that the file held when the move began, and what its values were read by. */
export function withRecordedForms(plan: TransferPlan, begun: TransferPlan | undefined): TransferPlan {
  const recorded = new Map<string, ColumnPlan>();
  for (const { target, columns } of begun?.tables ?? []) {
    for (const column of columns) recorded.set(JSON.stringify([target.name, column.target]), column);
  }
  return {
    ...plan,
    tables: plan.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column): ColumnPlan => {
        const known = recorded.get(JSON.stringify([table.target.name, column.target]));
        if (known?.form === undefined) return column;
        const { form, numericTimes, decision } = known;
        return {
          ...column,
          form,
          comparedInForm: true,
          ...(numericTimes && { numericTimes }),
          ...(decision && { decision }),
        };
      }),
    })),
  };
}
