import type { SqliteTable } from '@vatevo/transfer';
import type { SeededTable } from '@vatevo/transfer/pipeline';
import { bookkeepingTool } from '@vatevo/transfer/plan';
import type { Decided, Question } from '../mapping/mapping-file.ts';
import type { Proposal } from './proposal.ts';

/** What becomes of tables in which the target has rows already. Whether rows of its own go is for a person to say. */
export function aboutSeeded(
  seeded: readonly SeededTable[],
  sources: readonly SqliteTable[],
): Pick<Proposal, 'decides' | 'questions' | 'evidence'> {
  const tables: NonNullable<Decided['tables']> = {};
  const questions: Record<string, Question> = {};
  const evidence: Record<string, Proposal['evidence'][string]> = {};
  for (const { source, target, sourceRows, targetRows, equal } of seeded) {
    const tool = sources.filter(({ name }) => name === source).map(bookkeepingTool)[0];
    const rows = { sourceRows, targetRows };
    const why = equal
      ? 'the target has the same rows already'
      : tool !== undefined
        ? `${tool} keeps it about its own database, and has done so in the target`
        : sourceRows === 0
          ? 'the target has rows of its own, and there are none to be moved'
          : undefined;
    if (why !== undefined) {
      tables[target] = { seeded: 'skip' };
      evidence[target] = { why, ...rows };
    } else {
      questions[`${target}: seeded`] = {
        question: `${target} holds ${targetRows} rows in the target, which are not those of ${source}: do they stay, and the ${sourceRows} of the source stay behind (skip), or do they go, for those of the source (replace)?`,
        answer: null,
        candidates: Object.fromEntries(
          (['skip', 'replace'] as const).map((seeded) => [
            seeded,
            { decides: { tables: { [target]: { seeded } } } },
          ]),
        ),
        evidence: rows,
      };
    }
  }
  return { decides: Object.keys(tables).length > 0 ? { tables } : {}, questions, evidence };
}
