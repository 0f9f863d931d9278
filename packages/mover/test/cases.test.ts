import { type Inspection, inspectSource, TransferError, transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { parseMapping } from '../src/mapping/read-mapping.ts';
import { type Bench, type CaseRun, caseBenches, caseOf } from './case-bench.ts';
import { expectProposal } from './case-proposal.ts';
import { caseNames } from './case-sources.ts';

const benches = caseBenches('case');

it.each(caseNames)('%s', async (name) => {
  const { runs } = caseOf(name);
  for (const [i, run] of runs.entries()) {
    await benches.use(name, run, async (bench) => {
      if (i === 0) await expectProposal(bench, runs);
      await tryMove(run, bench);
    });
  }
});

async function tryMove(run: CaseRun, bench: Bench): Promise<void> {
  const endpoints = { ...bench.endpoints, mapping: parseMapping('case.json', run.mapping ?? {}) };
  const inspected = await outcomeOf(inspectSource(endpoints));
  for (const said of run.said ?? []) expect(inspected.text).toMatch(new RegExp(said));
  if (run.refused) {
    expect(inspected).toMatchObject({ passed: false });
    for (const reason of run.refused) expect(inspected.text).toMatch(new RegExp(reason));
    await expect(transfer(endpoints)).rejects.toBeInstanceOf(TransferError);
    return;
  }
  expect(inspected).toMatchObject({ passed: true });
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
