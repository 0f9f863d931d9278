import type { TransferPlan } from '@vatevo/transfer/plan';
import type { Decided, Question } from '../mapping/mapping-file.ts';
import type { Renamed } from './names.ts';

/** What a move needs to be decided. */
export interface Proposal {
  readonly decides: Decided;
  readonly questions: Readonly<Record<string, Question>>;
  readonly evidence: Readonly<Record<string, Evidence>>;
  readonly renamed: readonly Renamed[];
  /** Values that no decision helps, each column as a sentence. */
  readonly refused: readonly string[];
  /** What the move would be if all that has no place stayed behind. */
  readonly plan: TransferPlan;
}

/** What a decision rests on. */
export interface Evidence {
  readonly why: string;
  readonly [fact: string]: unknown;
}
