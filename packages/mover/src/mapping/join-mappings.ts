import type { Decided } from './mapping-file.ts';

/** Two mappings as one. Where both say something of the same, the second has the last word. */
export function joinMappings(one: Decided, other: Decided): Decided {
  return join(one, other) as Decided;
}

function join(one: unknown, other: unknown): unknown {
  if (other === undefined) return one;
  if (Array.isArray(one) && Array.isArray(other)) return [...new Set([...one, ...other])];
  if (!isPlain(one) || !isPlain(other)) return other;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, join(one[key], other[key])]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
