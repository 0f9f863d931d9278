import type { TransferPlan } from './types.ts';

/** JSON with integers beyond 2^53 as `{"bigint":"…"}`: a replacement for NULL may be one. */
export function encodePlan(plan: TransferPlan): string {
  return JSON.stringify(plan, (_, value) => (typeof value === 'bigint' ? { bigint: String(value) } : value));
}

export function decodePlan(text: string): TransferPlan {
  return JSON.parse(text, (_, value) =>
    typeof value === 'object' && value !== null && typeof value.bigint === 'string'
      ? BigInt(value.bigint)
      : value,
  ) as TransferPlan;
}
