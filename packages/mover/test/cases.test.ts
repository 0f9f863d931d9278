import { type Inspection, inspectSource, TransferError, transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { parseMapping } from '../src/mapping/read-mapping.ts';
import { type Bench, type CaseRun, caseBenches, caseOf } from './case-bench.ts';
import { expectProposal } from './case-proposal.ts';
import { caseNames } from './case-sources.ts';

const benches = caseBenches('case');

/** A case takes a second for each thing that is asked of it: in the short suite some are tried, a tenth of all as a whole. */
const LONG = process.env.VATEVO_TEST_LONG === '1';
const tried = caseNames.filter((_, i) => LONG || i % 5 === 0 || i % 5 === 2);
const whole = caseNames.filter((_, i) => LONG || i % 10 === 0);

it.each(tried)('%s', async (name) => {
  const { runs } = caseOf(name);
  for (const [i, run] of runs.entries()) {
    await benches.use(name, run, async (bench) => {
      if (i === 0 && whole.includes(name)) await expectProposal(bench, runs);
      await tryMove(run, bench, whole.includes(name));
    });
  }
});

/** @param isWhole whether it is also inspected where a transfer inspects it, and transferred where it is refused */
async function tryMove(run: CaseRun, bench: Bench, isWhole: boolean): Promise<void> {
  const endpoints = { ...bench.endpoints, mapping: parseMapping('case.json', run.mapping ?? {}) };
  if (isWhole || run.refused || run.said) {
    const inspected = await outcomeOf(inspectSource(endpoints));
    for (const said of run.said ?? []) expect(inspected.text).toMatch(new RegExp(said));
    for (const reason of run.refused ?? []) expect(inspected.text).toMatch(new RegExp(reason));
    expect(inspected).toMatchObject({ passed: run.refused === undefined });
  }
  if (run.refused) {
    if (isWhole) await expect(transfer(endpoints)).rejects.toBeInstanceOf(TransferError);
    return;
  }
  expect(await transfer(endpoints)).toMatchObject({ outcome: 'transferred' });
  await bench.expectCarried(run.carried ?? []);
}

async function outcomeOf(inspecting: Promise<Inspection>): Promise<{ passed: boolean; text: string }> {
  try {
    const inspection = await inspecting;
    return { passed: inspection.refusedValues === 0, text: JSON.stringify(inspection, null, 1) };
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return { passed: false, text: error.message };
  }
}
