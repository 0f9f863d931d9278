import type { TargetType } from '../column-types/types.ts';

const OPEN = new Set(['text', 'varchar', 'bpchar']);

/** Whether a type's values can be empty or hold the separator, so that their lengths must be digested too. */
export function isOpen({ name, labels = [] }: TargetType): boolean {
  return OPEN.has(name) || labels.some((label) => label === '' || label.includes('\x1f'));
}
