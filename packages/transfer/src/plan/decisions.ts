import type { ColumnDecision, NumericTimes } from '../column-types/types.ts';

/** A decision as a plan keeps it: what numbers count is for the type, all else comes before it. */
export function divided({ numbers, ...others }: ColumnDecision = {}): {
  numericTimes?: NumericTimes;
  decision?: ColumnDecision;
} {
  const numericTimes = numbers === 'text' ? undefined : numbers;
  const decision: ColumnDecision = { ...others, ...(numbers === 'text' && { numbers }) };
  return {
    ...(numericTimes && { numericTimes }),
    ...(Object.keys(decision).length > 0 && { decision }),
  };
}
