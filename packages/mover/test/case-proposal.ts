import {
  type Inspection,
  inspectSource,
  TransferError,
  type TransferMapping,
  useSession,
} from '@vatevo/transfer';
import { planTransfer } from '@vatevo/transfer/plan';
import { expect } from 'vitest';
import type { Decided, MappingFile } from '../src/mapping/mapping-file.ts';
import { parseMapping } from '../src/mapping/read-mapping.ts';
import { mappingOf } from '../src/plan/proposal-file.ts';
import { proposeMapping } from '../src/plan/propose.ts';
import type { Bench, CaseRun } from './case-bench.ts';

/**
 * What is proposed for a case leads to one of its runs, whose values are looked at when it runs: taken as it is, or with
 * every question answered as that run decides.
 */
export async function expectProposal({ endpoints }: Bench, runs: readonly CaseRun[]): Promise<void> {
  const wanted = runs.filter(({ mistaken }) => !mistaken);
  const carried = wanted.filter((run) => run.carried !== undefined);
  const file = await proposed(endpoints);
  if (file instanceof TransferError) {
    expect(carried, file.message).toEqual([]);
    return;
  }
  expectEvidence(file);
  if (file.questions !== undefined) {
    expect(() => parseMapping('proposal', file)).toThrow(/question/);
    // What is asked is not decided in any of them.
    if (carried.length === 0) return;
  }
  if (carried.length === 0) {
    const mapping = parseMapping('proposal', file);
    const inspected = await inspectSource({ ...endpoints, mapping }).catch((reason: unknown) => reason);
    expect(inspected instanceof TransferError || (inspected as Inspection).refusedValues > 0).toBe(true);
    return;
  }
  const plans: { ours: unknown; theirs: unknown }[] = [];
  for (const { mapping = {} } of carried) {
    const answers = answered(file, mapping as Decided);
    const ours = answers && (await planOf(endpoints, parseMapping('proposal', answers)));
    plans.push({ ours, theirs: await planOf(endpoints, parseMapping('case', mapping)) });
  }
  // Whoever answers otherwise is led elsewhere.
  if (file.questions !== undefined) for (const { ours, theirs } of plans) expect(ours).toEqual(theirs);
  else expect(plans.map(({ theirs }) => theirs)).toContainEqual(plans[0]?.ours);
}

/** As it is written. */
async function proposed(endpoints: Bench['endpoints']): Promise<MappingFile | TransferError> {
  try {
    const proposal = await proposeMapping({ ...endpoints, mapping: {} });
    return JSON.parse(JSON.stringify(mappingOf(proposal))) as MappingFile;
  } catch (error) {
    if (error instanceof TransferError) return error;
    throw error;
  }
}

/** What every decision in it rests on. */
function expectEvidence({ decisions, questions, evidence }: MappingFile): void {
  const stored = { declared: expect.any(String), stored: expect.any(Object), samples: expect.any(Array) };
  for (const name of Object.keys(decisions?.columns ?? {})) {
    expect(evidence?.[name], name).toMatchObject({
      ...stored,
      why: expect.any(String),
      result: { taken: expect.any(Number), values: expect.any(Array) },
    });
  }
  for (const [name, { candidates }] of Object.entries(questions ?? {})) {
    expect(Object.keys(candidates).length, name).toBeGreaterThan(0);
  }
}

/** Every question is answered by the candidate that decides as a mapping does; undefined where none does. */
function answered(file: MappingFile, mapping: Decided): MappingFile | undefined {
  const questions = Object.entries(file.questions ?? {}).map(([name, question]) => {
    const right = Object.entries(question.candidates).find(([, { decides }]) => isPart(decides, mapping));
    return [name, { ...question, answer: right?.[0] ?? null }] as const;
  });
  return questions.every(([, { answer }]) => answer !== null)
    ? { ...file, questions: Object.fromEntries(questions) }
    : undefined;
}

function isPart({ decisions = {}, tables = {} }: Decided, mapping: Decided): boolean {
  const { leaveBehind = [], columns = {} } = mapping.decisions ?? {};
  const said = Object.entries(columns).flatMap(([pattern, decision]) =>
    Object.entries(decision).map(([kind, value]) => ({ pattern, kind, value })),
  );
  return (
    Object.entries(tables).every(([name, { seeded }]) => mapping.tables?.[name]?.seeded === seeded) &&
    (decisions.leaveBehind ?? []).every((name) => leaveBehind.includes(name)) &&
    Object.entries(decisions.columns ?? {}).every(([name, decision]) =>
      Object.entries(decision).every(([kind, value]) =>
        said.some((each) => stands(each.pattern, name) && each.kind === kind && each.value === value),
      ),
    )
  );
}

function stands(pattern: string, name: string): boolean {
  const [start = '', end] = pattern.split('*');
  return end === undefined ? pattern === name : name.startsWith(start) && name.endsWith(end);
}

/** The move that a mapping leads to; what is in the way of it, where there is none. */
function planOf(endpoints: Bench['endpoints'], mapping: TransferMapping): Promise<unknown> {
  return useSession({ ...endpoints, mapping }, async ({ source, target }) => {
    const { tables } = await target.catalog();
    return source.look((catalog) => {
      const result = planTransfer({
        schema: target.schema,
        source: catalog.tables,
        target: tables,
        mapping,
        runStart: '',
        holdsData: catalog.holdsData,
        emptyFits: true,
      });
      if (!result.ok) return result;
      const { tables: planned, skipped, replaced, leftBehind, bookkeeping = [] } = result.plan;
      return {
        planned,
        skipped,
        replaced,
        stays: [...leftBehind, ...bookkeeping.map(({ table }) => table)].toSorted(),
      };
    });
  });
}
