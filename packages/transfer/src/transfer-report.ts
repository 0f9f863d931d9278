import { TransferError } from './errors.ts';
import type { Inspection } from './pipeline/inspect.ts';
import type { Quarantine } from './pipeline/quarantine/set-aside.ts';
import type { Verification } from './pipeline/verify.ts';
import type { Alteration } from './plan/rows.ts';
import type { TransferPlan } from './plan/types.ts';
import type { StageName } from './progress.ts';

/** Seconds that each stage took; a stage that an earlier call had done is missing. */
export type StageSeconds = Partial<Record<StageName, number>>;

export interface TransferReport {
  readonly runId: string;
  /** `transferred` now, `resumed` from an unfinished run, found `already-complete`, or `refused` before it began. */
  readonly outcome: 'transferred' | 'resumed' | 'already-complete' | 'refused';
  readonly source: string;
  readonly plan: TransferPlan;
  readonly seconds: StageSeconds;
  /** Rows and bytes of COPY data that this call loaded. */
  readonly copied: { readonly rows: number; readonly bytes: number };
  readonly inspection?: Inspection;
  readonly verification?: Verification;
  /** The rows that were set aside; undefined when none were. */
  readonly quarantine?: Quarantine;
  /** The loss ledger: every value that a policy replaced. */
  readonly alterations: readonly Alteration[];
}

/** Thrown with the findings when the source holds what the target cannot. Nothing was loaded. */
export class SourceRefusedError extends TransferError {
  readonly inspection: Inspection;
  /** What a report of the refusal says: a run that loaded nothing, and therefore has no number. */
  readonly report: TransferReport;

  constructor(inspection: Inspection, source: string, plan: TransferPlan, seconds: StageSeconds) {
    const [first] = inspection.refusals;
    const named = first
      ? ` (the first: ${first.table}, ${first.key}, ${first.column}: ${first.reason}, ${first.value})`
      : '';
    super(
      'source-refused',
      `The source holds ${inspection.refusedValues} values that the target cannot hold${named}; nothing was loaded.`,
      { next: { step: 'fix-or-quarantine' } },
    );
    this.inspection = inspection;
    this.report = {
      runId: 'refused',
      outcome: 'refused',
      source,
      plan,
      seconds,
      copied: { rows: 0, bytes: 0 },
      inspection,
      alterations: [],
    };
  }
}

/** Thrown with the findings when the target differs from the source. The run stays unfinished. */
export class DifferencesError extends TransferError {
  readonly verification: Verification;

  constructor(verification: Verification) {
    const [first] = verification.differences;
    const named = first
      ? `the first: ${first.table}, ${first.key}${first.column === undefined ? '' : `, ${first.column}`}; `
      : '';
    super(
      'differences',
      `The target differs from the source (${named}see the list), and nothing may use it until it is loaded again.`,
      { next: { step: 'start-over' } },
    );
    this.verification = verification;
  }
}
