import type { TransferPlan } from '@vatevo/transfer';

/** A sequence that fills a column of a transferred table. */
export interface FedSequence {
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
}

/** The sequences that the transfer sets and the verification checks. */
export function fedSequences({ tables }: TransferPlan): FedSequence[] {
  return tables.flatMap((table) =>
    table.columns.flatMap(({ sequence, target }) =>
      sequence === undefined ? [] : [{ sequence, table: table.target.name, column: target }],
    ),
  );
}
