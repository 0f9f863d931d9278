import type { TransferMapping } from '@vatevo/transfer';
import type { TransferPlan } from '@vatevo/transfer/plan';
import type { MoveOptions, MoveWithoutFile } from '../move.ts';
import type { MoveRecord } from '../server/ledger.ts';
import type { ServedTable } from '../server/tables.ts';
import type { Misfit } from './misfits.ts';
import {
  begunPlan,
  carriedOf,
  type Looked,
  look,
  misfitsOf,
  refuseMisfits,
  refuseUnknownOthers,
  withBegun,
} from './refuse.ts';

export interface RollbackOptions extends MoveOptions {
  /** Copies every row from PostgreSQL anew, whatever its log says. */
  readonly copyAll?: boolean;
}

/** What goes back, and what does not. */
export interface Scope {
  readonly looked: Looked;
  readonly misfits: readonly Misfit[];
  readonly carried: readonly ServedTable[];
  readonly mapping: TransferMapping;
  /** What the rows were read by; undefined where the file is made anew. */
  readonly begun: TransferPlan | undefined;
}

/** What goes back to a file. @throws TransferError `target-unfit` when something would not, and nobody said it may stay */
export async function scopeOf(
  move: MoveWithoutFile,
  { leaveBehind = [], notOurs = [], returning }: RollbackOptions,
  record: MoveRecord,
  file: string,
): Promise<Scope> {
  const { decisions, mapping } = move;
  // What the operator decided for the file when it was moved holds at failback; a new one has nothing to decide.
  const begun = record.format === 'own' ? await begunPlan(move) : undefined;
  const decided = withBegun(mapping, begun);
  const looked = await look(move);
  await refuseUnknownOthers(move, notOurs, 'failback');
  const found = await misfitsOf(move, file, decided, { known: false, looked });
  const misfits = refuseMisfits(found, decisions.leaveBehind, leaveBehind, {
    direction: 'failback',
    what: 'PostgreSQL goes on serving, because at failback SQLite would have no place for',
    newer: (await returning?.newer()) ?? [],
  });
  return {
    looked,
    misfits,
    carried: carriedOf(looked, misfits),
    begun,
    mapping: failbackMapping(mapping, misfits, begun && decided.decisions, begun),
  };
}

function failbackMapping(
  mapping: TransferMapping,
  misfits: readonly Misfit[],
  decided: TransferMapping['decisions'] = {},
  begun?: TransferPlan,
): TransferMapping {
  const inFile = misfits.flatMap(({ name, side, computes }) => (side === 'file' ? name : (computes ?? [])));
  const stays = [...inFile, ...(decided.leaveBehind ?? [])];
  const tables: Record<string, NonNullable<TransferMapping['tables']>[string]> = { ...mapping.tables };
  for (const name of stays) {
    if (!name.includes('.')) continue;
    const [source, column] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    const table = begun?.tables.find((one) => one.source === source)?.target.name ?? source;
    const known = tables[table];
    tables[table] = { ...known, leaveBehind: [...(known?.leaveBehind ?? []), column] };
  }
  const { leaveBehind: _, ...others } = decided;
  return {
    ...mapping,
    tables,
    ignoreTarget: [
      ...(mapping.ignoreTarget ?? []),
      ...misfits.filter(({ side }) => side === 'server').map(({ name }) => name),
    ],
    leaveBehind: [...(mapping.leaveBehind ?? []), ...stays],
    decisions: others,
  };
}
