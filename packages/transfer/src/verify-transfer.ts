import { TransferError } from './errors.ts';
import { runStartNow } from './pipeline/begin.ts';
import { SourceDigest } from './pipeline/digest-source.ts';
import { type Preparation, prepare, underPlan } from './pipeline/prepare.ts';
import { excludeRows, readLocators } from './pipeline/quarantine/set-aside.ts';
import { NO_RULES, refuseUnread } from './pipeline/unread-values.ts';
import { type Verification, verify } from './pipeline/verify.ts';
import { type Endpoints, mappingOf, type Session, useSession } from './session.ts';
import type { Run } from './target/target.ts';

/** Proves (or disproves) at any later time that the target equals the source. */
export async function verifyTransfer(endpoints: Endpoints): Promise<StandaloneVerification> {
  return useSession(endpoints, async (session) => {
    const { source, target } = session;
    const { ledger } = target;
    const run = await ledger.findRun();
    if (run && run.state !== 'complete') throw unfinished(run);
    const { plan, highWaterMarks } = await prepareToVerify(session, run);
    refuseUnread(source, plan, NO_RULES);
    const view = await source.snapshot();
    const tables = await view.measure(plan);
    const working = run ? await excludeRows(view, plan, await readLocators(ledger, run.id, plan)) : plan;
    const planned = underPlan(working, tables);
    const verification = await verify({
      view,
      source: new SourceDigest(view, planned),
      target,
      plan: working,
      tables: planned,
      highWaterMarks,
      onProgress: endpoints.onProgress,
    });
    const excluded = run ? (await ledger.readQuarantined(run.id)).length : 0;
    return { ...verification, excluded };
  });
}

/** A target that no longer fits the source because it lost a table or a column differs: that is its news. */
async function prepareToVerify(session: Session, run: Run | undefined): Promise<Preparation> {
  const { source, target, endpoints } = session;
  const mapping = run ? mappingOf(session, run) : endpoints.mapping;
  try {
    return await prepare(source, target, mapping, run?.runStart ?? runStartNow(), true);
  } catch (error) {
    const misfit =
      error instanceof TransferError && (error.kind === 'target-unfit' || error.kind === 'source-refused');
    const changes = misfit ? await target.structure.changes() : undefined;
    if (!changes?.length) throw error;
    throw new TransferError(
      'differences',
      `The target is not made as it was when ${run?.sourceName} was transferred: ${changes.join('; ')}.`,
      { cause: error },
    );
  }
}

/** A proof apart from a transfer. */
export interface StandaloneVerification extends Verification {
  /** Rows in the quarantine of the run: they are not in the target, and not expected there. */
  readonly excluded: number;
}

function unfinished(run: Run): TransferError {
  return new TransferError(
    'unfinished',
    `The target holds an unfinished transfer of ${run.sourceName} (it is ${run.state}).`,
    { next: { step: 'resume' } },
  );
}
