import { type Difference, type NextStep, TransferError } from '@vatevo/transfer';
import {
  type compareAll,
  findDifferences,
  type PlannedTable,
  showDifferences,
} from '@vatevo/transfer/pipeline';
import type { Move } from '../move.ts';

/** Rows that differ in the two databases although nobody changed them. */
export class MoveDiffersError extends TransferError {
  readonly differences: readonly Difference[];

  constructor(differences: readonly Difference[], rows: number, { what, next }: Aftermath) {
    const [first] = differences;
    const list =
      first === undefined ? 'see the list' : `the first: ${first.table}, ${first.key}; see the list`;
    super(
      'differences',
      `${rows} rows of PostgreSQL and of the file differ although nobody changed them since they were copied (${list}); ${what}.`,
      { next },
    );
    this.differences = differences;
  }
}

/** What becomes of a move that failed. */
export interface Aftermath {
  readonly what: string;
  readonly next?: NextStep;
}

export const BEGIN_ANEW: Aftermath = {
  what: 'nothing was handed over',
  next: { step: 'abort-and-start' },
};

export async function refuseDifferences(
  move: Move,
  differing: Awaited<ReturnType<typeof compareAll>>['differing'],
  aftermath = BEGIN_ANEW,
  { digests } = move.target,
): Promise<void> {
  if (differing.length === 0) return;
  const shown = await move.pool().withReader((reader) => showDifferences(reader, digests, differing));
  throw new MoveDiffersError(shown, differing.length, aftermath);
}

/**
 * Refuses a table that holds other rows in PostgreSQL than in the file, although each row of the file was compared.
 *
 * @throws MoveDiffersError with the rows that only PostgreSQL has
 */
export async function refuseRowsOfServer(
  move: Move,
  planned: PlannedTable,
  { inFile, inServer }: { readonly inFile: number; readonly inServer: number },
  aftermath: Aftermath,
  digests: Move['target']['digests'] = move.target.digests,
): Promise<never> {
  const found = await findDifferences(move.pool(), digests, planned);
  const beyond = found.filter(({ kind }) => kind === 'unexpected');
  if (beyond.length > 0) throw new MoveDiffersError(beyond, beyond.length, aftermath);
  const { what, next } = aftermath;
  const lacking = found.find(({ kind }) => kind === 'missing');
  const orOneKey =
    lacking === undefined
      ? ''
      : `, or the file has several rows whose keys PostgreSQL takes for one (it lacks one of ${lacking.key})`;
  throw new TransferError(
    'differences',
    `The file holds ${inFile} rows of ${planned.table.source} and PostgreSQL ${inServer}, although every logged change was applied: somebody made untracked changes, which the triggers did not see${orOneKey}; ${what}.`,
    { next },
  );
}
