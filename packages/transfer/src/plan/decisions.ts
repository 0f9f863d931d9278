import type { ColumnDecision, FailbackDecision, NumericTimes } from '../column-types/types.ts';

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
