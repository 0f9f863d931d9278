import type { SqliteTable } from '@vatevo/transfer';
import type { PlanFault } from '@vatevo/transfer/plan';
import type { Decided, Question } from '../mapping/mapping-file.ts';

/** What holds data and has no place in the target, by the name under which it may be left behind. */
export interface Leftover {
  readonly name: string;
  /** What is kept for it in tables of its own, which goes where it goes. */
  readonly also: readonly string[];
  readonly why: string;
}

/** The leftovers among what is in the way of a plan. */
export function leftoversOf(faults: readonly PlanFault[], sources: readonly SqliteTable[]): Leftover[] {
  const all = faults.flatMap(({ waivable, message }) =>
    waivable === undefined ? [] : [{ name: waivable, why: message }],
  );
  const virtual = sources.filter((table) => table.virtual).map(({ name }) => name);
  const owner = (name: string) =>
    virtual.find((of) => of !== name && !name.includes('.') && name.startsWith(`${of}_`));
  return all
    .filter(({ name }) => owner(name) === undefined)
    .map((leftover) => ({
      ...leftover,
      also: all.map(({ name }) => name).filter((name) => owner(name) === leftover.name),
    }));
}

/** Whether it may stay behind is for a person to say: it holds data. @param otherwise what to do if it may not */
export function askAbout(
  { name, also, why }: Leftover,
  otherwise = 'give it a place there, or name that in "tables"',
): Question {
  const stays = [name, ...also];
  const decides: Decided = { decisions: { leaveBehind: stays } };
  return {
    question: `${why}: may it stay behind? If not, ${otherwise}.`,
    answer: null,
    candidates: { 'leave-behind': { decides, why: `it stays in the file: ${stays.join(', ')}` } },
  };
}
