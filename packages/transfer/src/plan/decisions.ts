import { columnType } from '../column-types/registry.ts';
import type {
  Choice,
  ColumnDecision,
  FailbackDecision,
  NumericTimes,
  TargetType,
} from '../column-types/types.ts';
import type { Decision, SourceDecisions } from '../mapping.ts';
import { matchesName, namingColumn, namingTable, wildness } from './patterns.ts';
import type { ColumnPlan } from './types.ts';

/** Decisions that any type can take: which forms there are is found out when a live move begins. */
const FAILBACK: ReadonlySet<string> = new Set<keyof FailbackDecision>(['back', 'nulls']);

/** The operator's decisions, each to be used at least once. */
export class Decisions {
  readonly #decisions: SourceDecisions;
  readonly #used = new Set<string>();

  constructor(decisions: SourceDecisions = {}) {
    this.#decisions = decisions;
  }

  leavesTable(name: string): boolean {
    return this.#leaves(namingTable(this.#decisions.leaveBehind ?? [], name));
  }

  /** @param name as `table.column` */
  leavesColumn(name: string): boolean {
    return this.#leaves(namingColumn(this.#decisions.leaveBehind ?? [], name));
  }

  /** The zone that was named, for a column to which it matters. */
  zone(): string | undefined {
    const { zone } = this.#decisions;
    this.#used.add(`zone ${zone}`);
    return zone;
  }

  #leaves(patterns: readonly string[]): boolean {
    for (const pattern of patterns) this.#used.add(`leave-behind ${pattern}`);
    return patterns.length > 0;
  }

  /** What was decided on a column that its type can be decided on; what names the column more closely counts. */
  onColumn(name: string, choices: readonly Choice[]): ColumnDecision {
    const { columns = {}, numericTimes = {} } = this.#decisions;
    const decision: Record<string, string> = {};
    const patterns = Object.keys(columns).filter((pattern) => matchesName(pattern, name));
    const decide = (what: string, key: string, value: string) => {
      if (!FAILBACK.has(key) && !choices.includes(`${key}=${value}` as Choice)) return;
      this.#used.add(what);
      decision[key] = value;
    };
    for (const pattern of patterns.toSorted((a, b) => wildness(b) - wildness(a) || a.length - b.length)) {
      for (const [key, value] of Object.entries(columns[pattern] ?? {})) {
        decide(`column ${pattern}: ${key} ${value}`, key, value);
      }
    }
    const times = numericTimes[name];
    if (times) decide(`times ${name}`, 'numbers', times);
    return decision as ColumnDecision;
  }

  unused(): Decision[] {
    const { leaveBehind = [], numericTimes = {}, columns = {}, zone } = this.#decisions;
    const all: Decision[] = [
      ...(zone === undefined ? [] : [{ decision: 'zone', name: zone } as const]),
      ...leaveBehind.map((name) => ({ decision: 'leave-behind', name }) as const),
      ...Object.keys(numericTimes).map((name) => ({ decision: 'times', name }) as const),
      ...Object.entries(columns).flatMap(([pattern, decision]) =>
        Object.entries(decision).map(
          ([key, value]) => ({ decision: 'column', name: `${pattern}: ${key} ${value}` }) as const,
        ),
      ),
    ];
    return all.filter(({ decision, name }) => !this.#used.has(`${decision} ${name}`));
  }
}

/** What was decided on a column of the source, `table.column`, if it becomes one of a type. */
export function decisionOn(
  decisions: SourceDecisions | undefined,
  place: string,
  type: TargetType,
): Pick<ColumnPlan, 'numericTimes' | 'decision'> {
  return divided(new Decisions(decisions).onColumn(place, columnType(type).traits.decisions));
}

/** A decision as a plan keeps it: what numbers count is for the type, how it goes back for failback; all else comes before. */
export function divided({ numbers, back, nulls, ...others }: ColumnDecision = {}): {
  numericTimes?: NumericTimes;
  decision?: ColumnDecision;
  goesBack?: FailbackDecision;
} {
  const numericTimes = numbers === 'text' ? undefined : numbers;
  const decision: ColumnDecision = { ...others, ...(numbers === 'text' && { numbers }) };
  return {
    ...(numericTimes && { numericTimes }),
    ...(Object.keys(decision).length > 0 && { decision }),
    ...((back ?? nulls) !== undefined && {
      goesBack: { ...(back !== undefined && { back }), ...(nulls && { nulls }) },
    }),
  };
}
