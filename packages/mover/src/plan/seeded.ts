import type { SqliteTable } from '@vatevo/transfer';
import {
  describeOtherRows,
  differingColumns,
  type OtherRows,
  type SeededTable,
} from '@vatevo/transfer/pipeline';
import { bookkeepingTool } from '@vatevo/transfer/plan';
import type { Decided, Question } from '../mapping/mapping-file.ts';
import type { Proposal } from './proposal.ts';

/** Whether rows that the target has already stay, or go for those of the source. */
export type Seeded = 'skip' | 'replace';

/**
 * What becomes of tables in which the target has rows already. Whether rows of its own go is for a person to say.
 *
 * @param answer said of all beforehand; where rows go, those that are the same or have no successor go, too, as they may
 * point to others that do
 * @param others rows that would become what others point to, and are not what these point to in the source
 */
export function aboutSeeded(
  seeded: readonly SeededTable[],
  sources: readonly SqliteTable[],
  answer?: Seeded,
  others: readonly OtherRows[] = [],
): Pick<Proposal, 'decides' | 'questions' | 'evidence'> {
  const tables: NonNullable<Decided['tables']> = {};
  const questions: Record<string, Question> = {};
  const evidence: Record<string, Proposal['evidence'][string]> = {};
  for (const { source, target, sourceRows, targetRows, equal } of seeded) {
    const tool = sources.filter(({ name }) => name === source).map(bookkeepingTool)[0];
    const rows = { sourceRows, targetRows };
    const kept = tool && `${tool} keeps it about its own database, and has done so in the target`;
    const why =
      answer === 'replace'
        ? kept
        : equal
          ? 'the target has the same rows already'
          : (kept ??
            (sourceRows === 0
              ? 'the target has rows of its own, and there are none to be moved'
              : undefined));
    const ask = (question: string, candidates: Question['candidates']) => {
      questions[`${target}: seeded`] = { question, answer: null, candidates, evidence: rows };
    };
    const decide = (seeded: Seeded) => ({ decides: { tables: { [target]: { seeded } } } });
    const other = others.filter(({ table }) => table === target);
    if (other.length > 0 && (answer !== 'replace' || why !== undefined)) {
      const ignoreTarget = [...new Set(other.flatMap(differingColumns))];
      ask(
        `${other.map(describeOtherRows).join('; ')}: do the ${targetRows} rows go, for the ${sourceRows} of the source (replace), or do they stay, as a row is the same whatever differs (skip-as-the-same)?`,
        {
          replace: decide('replace'),
          'skip-as-the-same': { decides: { ...decide('skip').decides, ignoreTarget } },
        },
      );
    } else if (why !== undefined) {
      tables[target] = { seeded: 'skip' };
      evidence[target] = { why, ...rows };
    } else if (answer !== undefined) {
      tables[target] = { seeded: answer };
      evidence[target] = { why: `--seeded ${answer} says so of all`, ...rows };
    } else {
      ask(
        `${target} holds ${targetRows} rows in the target, which are not those of ${source}: do they stay, and the ${sourceRows} of the source stay behind (skip), or do they go, for those of the source (replace)?`,
        { skip: decide('skip'), replace: decide('replace') },
      );
    }
  }
  return { decides: Object.keys(tables).length > 0 ? { tables } : {}, questions, evidence };
}
